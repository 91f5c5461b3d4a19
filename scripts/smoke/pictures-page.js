/** Runs in a page, bundled, see `smoke-browser.ts`: what the browser makes of files of pictures, and of drawings. */
import { decodeImage } from '@convnet/data/image';
import { sampleGrid, toPng, trainingCurves } from '@convnet/explain';
import { tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';

/** @param {string} text in base64 @returns {Uint8Array} */
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/**
 * How far a picture is from what Pillow makes of the same file.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} found
 * @param {{ width: number, height: number, data: string }} expected
 */
function difference(found, expected) {
  const data = bytesOf(expected.data);
  const isAlike = found.width === expected.width && found.height === expected.height;
  if (!isAlike || found.data.length !== data.length) return { most: Infinity, mean: Infinity };
  let [most, sum] = [0, 0];
  data.forEach((value, i) => {
    const off = Math.abs(value - found.data[i]);
    most = Math.max(most, off);
    sum += off;
  });
  return { most, mean: sum / data.length };
}

/**
 * Decodes all fixtures.
 *
 * @returns {Promise<{ name: string, most: number, mean: number }[]>}
 */
export async function decodeFixtures() {
  const get = async (path) => (await fetch(`/pictures/${path}`)).arrayBuffer();
  const { decoded, upright } = JSON.parse(new TextDecoder().decode(await get('images.json')));
  const found = [];
  for (const [set, options] of [
    [decoded, {}],
    [upright, { applyExifOrientation: true }],
  ]) {
    for (const [name, expected] of Object.entries(set)) {
      const bytes = new Uint8Array(await get(`images/${name}`));
      const turned = options.applyExifOrientation === true ? ', upright' : '';
      found.push({
        name: `${name}${turned}`,
        ...difference(await decodeImage(bytes, name, options), expected),
      });
    }
  }
  return found;
}

/**
 * What is said of files that are no pictures.
 *
 * @returns {Promise<string[]>}
 */
export async function refusals() {
  const rgb = new Uint8Array(await (await fetch('/pictures/images/rgb.png')).arrayBuffer());
  const files = [new Uint8Array(0), new TextEncoder().encode('no picture'), rgb.subarray(0, 40)];
  return Promise.all(
    files.map((bytes) =>
      decodeImage(bytes, 'a.png').then(
        () => 'a picture',
        (error) => `${error.name}: ${error.message}`,
      ),
    ),
  );
}

/**
 * Drawings as PNG, read again: their sizes, the colour in the middle, and how many pixels are red.
 *
 * @returns {Promise<{ width: number, height: number, colour: number[], reds: number }[]>}
 */
export async function drawings() {
  const square =
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="#c04080"/></svg>';
  const curves = trainingCurves([
    { epoch: 1, loss: 1, test: { loss: 1.2, accuracy: 0.5 } },
    { epoch: 2, loss: 0.5, test: { loss: 0.8, accuracy: 0.75 } },
  ]);
  const device = reference();
  const red = tensor(new Float32Array(192).fill(1, 0, 64), [1, 3, 8, 8], { device });
  const grid = await sampleGrid(red, { labels: [0], predicted: [0], classes: ['red'] });
  return Promise.all(
    [square, curves, grid].map(async (svg) => {
      const { width, height, data } = await decodeImage(await toPng(svg), 'drawing');
      const middle = 3 * (Math.floor(height / 2) * width + Math.floor(width / 2));
      const reds = data.filter((value, i) => i % 3 === 0 && value > 250 && data[i + 1] < 5).length;
      return { width, height, colour: [...data.subarray(middle, middle + 3)], reds };
    }),
  );
}
