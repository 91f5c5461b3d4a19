import {
  channelShuffle,
  integersFrom,
  pixelShuffle,
  pixelUnshuffle,
  requireKind,
  type PerAxis,
  type Tensor,
} from '@convnet/tensor-core';

import { asGiven, requireCount } from '../layer-support.ts';
import { Module } from '../module/module.ts';

/** Mixes the channels of [N, C, …] across groups. torch.nn.ChannelShuffle. */
export class ChannelShuffle extends Module {
  readonly groups: number;

  /** @throws ArgumentError for a count below 1. */
  constructor(groups: number) {
    super();
    this.groups = requireCount('ChannelShuffle', 'groups', groups);
  }

  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}

/** Moves channels into space: [N, C r^d, …] -> [N, C, … r]. torch.nn.PixelShuffle, for every rank. */
export class PixelShuffle extends Module {
  readonly upscaleFactor: PerAxis;

  constructor(upscaleFactor: PerAxis) {
    super();
    requireKind('PixelShuffle', 'upscaleFactor', upscaleFactor, integersFrom(1));
    this.upscaleFactor = upscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${asGiven(this.upscaleFactor)}`;
  }
}

/** Moves space into channels: [N, C, … r] -> [N, C r^d, …]. torch.nn.PixelUnshuffle, for every rank. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: PerAxis;

  constructor(downscaleFactor: PerAxis) {
    super();
    requireKind('PixelUnshuffle', 'downscaleFactor', downscaleFactor, integersFrom(1));
    this.downscaleFactor = downscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${asGiven(this.downscaleFactor)}`;
  }
}
