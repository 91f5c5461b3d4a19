import { architectures } from '../architectures.ts';
import { unknownName } from '../errors.ts';
import type { AddCommand } from '../terminal.ts';
import { formatTable } from '../table.ts';

/** `convnet models`: which networks there are. */
export const addModels: AddCommand = (program, { out }, start) => {
  program
    .command('models')
    .argument('[family]', 'only these, such as resnet')
    .summary('list the networks')
    .description('Lists the networks with their ranks, size, cost and published weights.')
    .option('--json', 'as JSON')
    .action((family: string | undefined, { json = false }: { json?: boolean }) => {
      start(async () => {
        const families = [...new Set(architectures.map((found) => found.family))];
        if (family !== undefined && !families.includes(family)) {
          throw unknownName('family', family, families);
        }
        const listed = architectures.filter(
          (found) => family === undefined || found.family === family,
        );
        if (json) {
          const rows = listed.map(({ name, family: of, ranks, info }) => ({
            name,
            family: of,
            dims: ranks,
            parameters: info.parameters,
            macs: info.macs,
            inputShape: info.inputShape,
            reference: info.reference,
            weights: Object.keys(info.weights ?? {}),
          }));
          out.write(`${JSON.stringify(rows, undefined, 2)}\n`);
          return;
        }
        const rows = listed.map(({ name, family: of, ranks, info }) => [
          name,
          of,
          ranks.join(' '),
          (info.parameters / 1e6).toFixed(1),
          (info.macs / 1e9).toFixed(2),
          info.inputShape.slice(1).join('x'),
          Object.keys(info.weights ?? {}).join(' '),
        ]);
        const head = ['model', 'family', 'dims', 'M params', 'G MACs', 'at', 'weights'];
        out.write(`${formatTable(head, rows, [3, 4])}\n`);
      });
    });
};
