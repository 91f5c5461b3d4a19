import { optimizeAtOnce } from '@convnet/testing/optimize-at-once';

import { describeCaptured } from '../testing/describe-captured.ts';

// In a file, and so in a process, of its own, as all tests of 256 bits.
optimizeAtOnce();

describeCaptured({ revectorize: true });
