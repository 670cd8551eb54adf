"""What the model reads: the sender's own words, emoji as words, disguises undone; every letter leads back to the original."""

from hypothesis import given
from hypothesis import strategies as st
from wardmote_classification.adapters.preparation import own_words, prepared


def own(text: str) -> str:
    return "".join(text[start:end] for start, end in own_words(text))


def test_an_emoji_is_read_as_its_name_and_leads_back_to_itself() -> None:
    text = "see you 🔪 soon"
    view = prepared(text)
    place = view.text.index("kitchen knife")
    span = view.span(place, place + len("kitchen knife"))
    assert text[span.start : span.end] == "🔪"


def test_a_disguise_is_undone_and_leads_back() -> None:
    text = "You are s c u m and I h4te you"
    view = prepared(text)
    assert "scum" in view.text
    assert "hate" in view.text
    span = view.span(view.text.index("scum"), view.text.index("scum") + 4)
    assert text[span.start : span.end] == "s c u m"


def test_a_quoted_reply_a_forwarded_mail_and_a_signature_are_not_the_senders_words() -> None:
    assert "scum" not in own("Please deal with the message below.\n\nOn Tuesday Ann Oke wrote:\nyou are scum")
    assert "scum" not in own("Forwarding this to you for your records.\n-----Original Message-----\nyou are scum")
    assert "scum" not in own("I got this answer today.\n> you are scum\nWhat will be done?")
    assert "Chair" not in own("The bins were missed again this week.\n-- \nJo Oke\nChair of the allotments")


def test_between_quoted_lines_the_own_words_stay() -> None:
    text = "> first\nmy own answer is long enough\n> second\nand so is this\n"
    assert own(text) == "my own answer is long enough\nand so is this\n"


def test_a_forward_without_own_words_is_read_whole() -> None:
    text = "FYI\n-----Original Message-----\nyou are scum"
    assert own(text) == text


@given(st.text(max_size=200))
def test_every_letter_leads_back_into_the_original(text: str) -> None:
    view = prepared(text)
    assert len(view.starts) == len(view.ends) == len(view.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
