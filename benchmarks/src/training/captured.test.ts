import { describeCaptured } from '../testing/describe-captured.ts';

describeCaptured({ revectorize: false });
