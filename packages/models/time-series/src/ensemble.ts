import {
  headPaths,
  Module,
  ModuleList,
  replaceHead,
  type Layer,
  type OwnHead,
} from '@convnet/layers';
import {
  ArgumentError,
  instanceOf,
  listOf,
  logSoftmax,
  logSumExp,
  requireKind,
  scope,
  stack,
  sub,
  type Tensor,
} from '@convnet/tensor-core';

const someNetworks = listOf(instanceOf('a network', Module));

/**
 * Networks that vote: [N, …] -> [N, classes], the logarithm of the mean of their probabilities. It is greatest where the
 * mean is, and stands for logits wherever a loss or a metric takes some. The paper's InceptionTime is five networks of
 * `inception_time`, each trained from other first values (section 3.3: the mean of the softmax outputs).
 *
 * ```ts
 * const members = Array.from({ length: 5 }, () => inception_time({ numClasses: 3, device }));
 * for (const member of members) await fit(member, …);
 * const model = new Ensemble(members);
 * ```
 */
export class Ensemble extends Module implements OwnHead {
  members: ModuleList;

  /** @throws ArgumentError where there is no member, or one that is no module. */
  constructor(members: readonly Layer[]) {
    super();
    requireKind('Ensemble', 'members', members, someNetworks);
    this.members = new ModuleList(members);
    if (members.length === 0)
      throw new ArgumentError('Ensemble: expected at least 1 member, got 0');
    this.architecture = `${members[0]!.architecture} x ${members.length}`;
  }

  override forward(x: Tensor): Tensor {
    return scope(() => {
      const votes = Array.from(this.members, (member) => logSoftmax(member.forward(x), 1));
      return sub(logSumExp(stack(votes), 0), Math.log(votes.length));
    });
  }

  get headPaths(): readonly string[] {
    return [...this.members].flatMap((member, i) =>
      headPaths(member).map((path) => `members.${i}.${path}`),
    );
  }

  replaceHead(numClasses: number): void {
    for (const member of this.members) replaceHead(member, numClasses);
  }
}
