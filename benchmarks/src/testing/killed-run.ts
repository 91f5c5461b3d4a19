import { setTimeout } from 'node:timers/promises';

import type { PlannedNetwork } from '../architectures/plan.ts';
import type { TrainingRequest, TrialOutcome } from '../architectures/trainer.ts';
import { FakeTrainer } from './fake-trainer.ts';
import { smallRun } from './small-run.ts';

/** A process that does the small run slowly, to be killed: `node killed-run.ts <journal>`. */

class SlowTrainer extends FakeTrainer {
  override async tryRate(network: PlannedNetwork, request: TrainingRequest): Promise<TrialOutcome> {
    await setTimeout(50);
    return super.tryRate(network, request);
  }
}

await smallRun(process.argv[2]!, { trainer: new SlowTrainer(), id: 'killed' });
