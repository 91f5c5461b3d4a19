import { describeKeras } from '@convnet/model-testing';

import {
  efficientnet_b0,
  efficientnet_v2_s,
  efficientnet_v2_sKeras,
  efficientnetKeras,
} from './index.ts';

describeKeras(new URL('../fixtures/keras/', import.meta.url), {
  efficientnet_b0: { build: (options) => efficientnet_b0(options), twin: efficientnetKeras },
  efficientnet_v2_s: {
    build: (options) => efficientnet_v2_s(options),
    twin: efficientnet_v2_sKeras,
  },
});
