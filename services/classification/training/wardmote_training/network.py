"""The network: a sentence encoder, mean and maximum of its last layer, one linear layer of heads, and one for the words."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from wardmote_training.example import HEADS


class LineNetwork(nn.Module):
    """Answers a logit for each head, and two for each token: is it an insulting word, is it a deciding one."""

    def __init__(self, base: Path, layers: int | None = None, frozen: int = 0) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        if layers is not None:
            self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
        self.frozen = frozen
        """Layers, from the first, that stay as the base has them, the word vectors with them."""
        if frozen:
            self.encoder.requires_grad_(False)
            self.encoder.encoder.layer[frozen:].requires_grad_(True)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(2 * width, len(HEADS))
        self.words = nn.Linear(width, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        return self._answers(self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state, attention_mask)

    @torch.no_grad()
    def beginning(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """What the frozen layers of MPNet make of texts."""
        return self._through(self.encoder.embeddings(input_ids=input_ids), attention_mask, slice(0, self.frozen))

    def ending(self, beginning: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """The answers, from what the frozen layers made."""
        return self._answers(self._through(beginning, attention_mask, slice(self.frozen, None)), attention_mask)

    def _through(self, states: Tensor, attention_mask: Tensor, layers: slice) -> Tensor:
        encoder = self.encoder.encoder
        bias = encoder.compute_position_bias(states)
        mask = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e4
        for layer in encoder.layer[layers]:
            states = layer(states, mask, bias)[0]
        return states

    def _answers(self, states: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1)
        highest = states.masked_fill(mask == 0, -1e4).amax(1)
        pooled = self.dropout(torch.cat([mean, highest], dim=1))
        return self.heads(pooled), self.words(states)
