import type { Calls } from './call.ts';
import { lossCalls } from './loss.ts';
import { movementCalls } from './movement.ts';
import { networkCalls } from './network.ts';
import { optimizerCalls } from './optimizer.ts';
import { orderCalls } from './order.ts';
import { pointwiseCalls } from './pointwise.ts';
import { reduceCalls } from './reduce.ts';

/** How each operation of the fixtures is carried out here. */
export const calls: Calls = {
  ...pointwiseCalls,
  ...reduceCalls,
  ...networkCalls,
  ...movementCalls,
  ...orderCalls,
  ...lossCalls,
  ...optimizerCalls,
};
