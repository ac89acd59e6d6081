"""Unions of settings under the names of the official SDK's ``_types``, which its samples import."""

from voicelive_proto.interim_response import AnyInterimResponseConfig as InterimResponseConfig
from voicelive_proto.tools import ToolChoice
from voicelive_proto.voices import Voice

__all__ = ["InterimResponseConfig", "ToolChoice", "Voice"]
