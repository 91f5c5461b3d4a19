import type { Cudnn } from '../../addon/interface.ts';
import type { Ending } from '../../kernels/product/ending.ts';
import type { PlannedCall, Role } from '../../kernels/product/plan.ts';
import type { PlanSource, Proposal } from '../plan-source.ts';
import { ids, type GraphEnding, type GraphRole } from './convolutions.ts';
import {
  GraphOfCudnn,
  planOfText,
  textOfPlan,
  type EnginePlan,
  type EngineRules,
  type GraphOperation,
} from './graph.ts';

/** Engines that are timed: of one operation, whose plans are made at once, and of fused ones, whose kernels are compiled. */
const mostEngines = 6;
const mostFusedEngines = 3;

/** What a graph does not say of an ending, null: cuDNN's other activations are other functions of special values. */
export function graphEnding({ bias, residual, activation }: Ending): GraphEnding | null {
  if (activation !== null && activation.name !== 'relu') return null;
  return { hasBias: bias !== null, hasResidual: residual !== null, hasRelu: activation !== null };
}

/** What cuDNN has for a graph, whose tensors are at the given roles. */
export function cudnnSource(
  dnn: Cudnn,
  operations: readonly GraphOperation[],
  roles: Readonly<Partial<Record<GraphRole, Role>>>,
  rules: EngineRules & { readonly mostWorkspace: number },
): PlanSource {
  const given = Object.entries(roles) as [GraphRole, Role][];
  const tensors = given.map(([name]) => ids[name]);
  const pointers = given.map(([, role]) => role);
  const callOf = (engine: EnginePlan): PlannedCall => ({
    plan: dnn.plan(engine.plan, tensors),
    pointers,
    workspaceBytes: engine.workspace,
  });
  return {
    library: 'cuDNN',
    propose(): Iterable<Proposal> {
      const found: Proposal[] = [];
      const most = operations.length === 1 ? mostEngines : mostFusedEngines;
      const graph = new GraphOfCudnn(dnn, operations);
      try {
        graph.visitPlans(rules, (engine) => {
          if (engine.workspace > rules.mostWorkspace) dnn.destroy(engine.plan);
          else found.push({ text: textOrNull(dnn, engine), call: callOf(engine) });
          return found.length < most;
        });
      } finally {
        graph.dispose();
      }
      return found;
    },
    restore: (text) => callOf(planOfText(dnn, text)),
  };
}

function textOrNull(dnn: Cudnn, engine: EnginePlan): string | null {
  try {
    return textOfPlan(dnn, engine);
  } catch {
    // An engine whose plans cannot be kept is timed anew in each process.
    return null;
  }
}
