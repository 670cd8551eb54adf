"""The network: a sentence encoder, mean and maximum of its last layer, one linear layer of heads, and one for the words."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from wardmote_training.example import HEADS


class LineNetwork(nn.Module):
    """Answers a logit for each head, and two for each token: is it an insulting word, is it a deciding one."""

    def __init__(self, base: Path, layers: int | None = None) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False)
        if layers is not None:
            self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(2 * width, len(HEADS))
        self.words = nn.Linear(width, 2)

    def freeze(self, layers: int) -> None:
        """Keeps the word vectors and the first layers as they are."""
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:layers]):
            part.requires_grad_(False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1)
        highest = states.masked_fill(mask == 0, -1e4).amax(1)
        pooled = self.dropout(torch.cat([mean, highest], dim=1))
        return self.heads(pooled), self.words(states)
