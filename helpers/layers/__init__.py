"""What several notebooks build with. Every layer is serialisable and safe under mixed precision."""

from helpers.layers.convolution import ConvBlock, ResidualBlock
from helpers.layers.rearrange import DepthToSpace, SpaceToDepth

__all__ = ["ConvBlock", "DepthToSpace", "ResidualBlock", "SpaceToDepth"]
