"""The measures, against counts by hand."""

import numpy as np
import pytest
from wardmote_training import figures


def test_auc_counts_the_pairs_in_order_and_halves_ties() -> None:
    truth = np.array([True, True, False, False])
    assert figures.auc(truth, np.array([0.9, 0.4, 0.5, 0.1])) == 0.75
    assert figures.auc(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert figures.auc(truth, np.array([1.0, 2.0, -1.0, 0.0])) == 1.0


def test_macro_f1_weighs_both_classes_alike() -> None:
    truth = np.array([True, True, True, False])
    assert figures.macro_f1(truth, np.array([True, True, True, True])) == pytest.approx((6 / 7 + 0) / 2)
    assert figures.macro_f1(truth, truth) == 1.0


def test_the_error_of_calibration_is_the_gap_between_said_and_seen() -> None:
    assert figures.calibration_error(np.array([True, False]), np.array([0.55, 0.55])) == pytest.approx(0.05)
    assert figures.calibration_error(np.array([True, False]), np.array([1.0, 0.0])) == 0.0


def test_characters_are_counted_as_the_task_counts_them() -> None:
    assert figures.character_f1([(0, 4)], {2, 3, 4, 5}) == 0.5
    assert figures.character_f1([], set()) == 1.0
    assert figures.character_f1([], {1}) == 0.0


def test_a_pair_is_right_when_the_cut_lies_between_its_halves() -> None:
    assert list(figures.pairs_right([(0.1, 0.9), (0.6, 0.9), (0.8, 0.2)], 0.5)) == pytest.approx([1 / 3, 2 / 3])
