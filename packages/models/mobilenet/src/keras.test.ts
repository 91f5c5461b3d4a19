import { describeKeras } from '@convnet/model-testing';

import {
  mobilenet_v1,
  mobilenet_v1Keras,
  mobilenet_v2,
  mobilenet_v2Keras,
  mobilenet_v3_large,
  mobilenet_v3_largeKeras,
  mobilenet_v3_small,
  mobilenet_v3_smallKeras,
} from './index.ts';

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  mobilenet_v1: { build: (options) => mobilenet_v1(options), twin: mobilenet_v1Keras },
  mobilenet_v2: { build: (options) => mobilenet_v2(options), twin: mobilenet_v2Keras },
  mobilenet_v3_small: {
    build: (options) => mobilenet_v3_small(options),
    twin: mobilenet_v3_smallKeras,
  },
  mobilenet_v3_large: {
    build: (options) => mobilenet_v3_large(options),
    twin: mobilenet_v3_largeKeras,
  },
});
