import type { AnyModule } from '@convnet/layers';
import { describeKeras } from '@convnet/model-testing';
import type { Tensor } from '@convnet/tensor-core';

import { vgg16, vgg16Keras, vgg19, vgg19Keras, type VGG } from './index.ts';

const features = (model: AnyModule, x: Tensor): Tensor => (model as VGG).features.forward(x);

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  vgg16: { build: (options) => vgg16(options), twin: vgg16Keras, features },
  vgg19: { build: (options) => vgg19(options), twin: vgg19Keras, features },
});
