import type { PeerOutcome } from '../architectures/entries.ts';
import type { PlannedNetwork } from '../architectures/plan.ts';
import type { PeerTrainer, TrainingRequest } from '../architectures/trainer.ts';

/** Another library that trains nothing: its accuracies follow from the seeds. */
export class FakePeer implements PeerTrainer {
  readonly name = 'Peer';
  readonly version = '1.2';
  /** What it was asked, in order. */
  readonly asked: string[] = [];

  async train(network: PlannedNetwork, request: TrainingRequest): Promise<PeerOutcome> {
    const { rate, epochs, seed } = request;
    this.asked.push(`${network.member.name} ${rate} ${epochs} ${seed}`);
    const figures = { loss: 1, validationAccuracy: 0.5, validationLoss: 1, coreSeconds: 2 };
    const curve = [{ epoch: 1, ...figures }];
    return { accuracy: 0.5 + 0.02 * seed, testLoss: 1, curve, seconds: 2, coreSeconds: 2 };
  }
}
