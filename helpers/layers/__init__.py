"""What several notebooks build with. Every layer is serialisable and safe under mixed precision."""

from helpers.layers.convolution import ConvBlock, ResidualBlock

__all__ = ["ConvBlock", "ResidualBlock"]
