import { ArgumentError } from '@convnet/tensor-core';

/** Renders by drawing on a canvas. */
export async function pngInBrowser(svg: string, scale: number): Promise<Uint8Array> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode().catch((cause: unknown) => {
      throw new ArgumentError('toPng: the browser cannot render this SVG', { cause });
    });
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(image.width * scale);
    canvas.height = Math.ceil(image.height * scale);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => {
      canvas.toBlob(done, 'image/png');
    });
    if (blob === null) {
      throw new ArgumentError(
        `toPng: the browser makes no canvas of ${canvas.width} by ${canvas.height} pixels; use a smaller scale`,
      );
    }
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(address);
  }
}
