import type { MeasuredTile } from '@convnet/backend-webgpu';
import { Option } from 'commander';

import { openWebGpu } from '../device/open-webgpu.ts';
import { forgetTiles, keepTiles, makeTileFolder } from '../device/tile-store.ts';
import { addOptions, positive } from '../options.ts';
import { formatTable } from '../table.ts';
import type { AddCommand } from '../terminal.ts';

interface Given {
  readonly seconds: number;
  readonly json?: boolean;
  readonly forget?: boolean;
}

/** What stands for a class of products in the table that is printed. */
const classNames: Readonly<Record<MeasuredTile['shapeClass'], string>> = {
  large: 'convolutions of 64 channels and more',
  medium: 'of up to 32 channels',
  flat: 'of up to 16 channels',
  narrow: 'fully connected, few samples',
  small: 'tiny maps',
};

/** `convnet tune`: measures how products and convolutions are best divided on this machine's graphics processor. */
export const addTune: AddCommand = (program, terminal, start) => {
  const command = program
    .command('tune')
    .summary('measure what is fastest on the graphics processor of this machine')
    .description(
      'Measures how products and convolutions are best divided on the graphics processor of this machine, by WebGPU, and keeps ' +
        'what was found: --device webgpu uses it from then on, as long as adapter and driver are the same. Results change by ' +
        'rounding at most. Nothing else should use the graphics processor meanwhile.',
    );
  addOptions(command, [
    new Option('--seconds <n>', 'that the measurement takes, beside the making of shaders')
      .argParser(positive())
      .default(20),
    new Option('--json', 'print the table as JSON, as webgpu({ tiles }) takes it'),
    new Option('--forget', 'measure nothing, and remove what was kept').conflicts([
      'json',
      'seconds',
    ]),
  ]);
  command.addHelpText(
    'after',
    `
Examples:
  convnet tune
  convnet tune --seconds 60 --json > tiles.json
  convnet tune --forget

Kept in CONVNET_WEBGPU_TILES, or convnet/webgpu-tiles in XDG_CACHE_HOME, LOCALAPPDATA or ~/.cache.
`,
  );
  command.action((given: Given) => {
    start(async (interruption) => {
      const { out, error } = terminal;
      const opened = await openWebGpu({ acceptsSoftware: true, usesKeptTiles: false });
      const { device, adapter, description } = opened;
      try {
        error.write(`device: ${description}\n`);
        if (given.forget === true) {
          const was = await forgetTiles(adapter);
          out.write(was ? 'forgotten\n' : 'nothing was kept for this adapter\n');
          return;
        }
        if (opened.isSoftware) {
          error.write('this adapter is software: what is fastest here says nothing of others\n');
        }
        await makeTileFolder();
        interruption.leaves('nothing is kept of this measurement; what was kept before stands');
        const { tuneTiles } = await import('@convnet/backend-webgpu');
        const measured: MeasuredTile[] = [];
        const table = await tuneTiles(device, {
          seconds: given.seconds,
          onTile: (tile) => {
            measured.push(tile);
            error.write(`${tile.shapeClass}: ${tile.tile} ${rateText(tile)} GFLOP/s\n`);
          },
        });
        const path = await keepTiles(adapter, table);
        interruption.leaves(`the table is kept in ${path}`);
        out.write(
          given.json === true ? `${JSON.stringify(table, undefined, 2)}\n` : report(measured),
        );
        error.write(`kept in ${path}\n`);
      } finally {
        device.dispose();
      }
    });
  });
};

/** '812.4', and of slow ones two digits: '0.14'. */
const rateText = ({ gigaflops }: MeasuredTile): string =>
  gigaflops < 10 ? gigaflops.toPrecision(2) : gigaflops.toFixed(1);

/** The best tile of each class beside the one that is used without tuning, which is measured first. */
function report(measured: readonly MeasuredTile[]): string {
  const rows = Object.entries(classNames).map(([shapeClass, name]) => {
    const own = measured.filter((tile) => tile.shapeClass === shapeClass);
    const best = own.reduce((a, b) => (b.gigaflops > a.gigaflops ? b : a));
    return [name, best.tile, rateText(best), (best.gigaflops / own[0]!.gigaflops).toFixed(2)];
  });
  return `${formatTable(['products', 'tile', 'GFLOP/s', 'gain'], rows, [2, 3])}\n`;
}
