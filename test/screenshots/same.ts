import type { Browser } from 'playwright-core';

/** Edges are not drawn the same each time: so many pixels say nothing. */
const MAX_DIFFERENT_PIXELS = 40;

/** How many pixels differ; the page's code, and not ours. */
const DIFFERENT = `async (pictures) => {
  const pixelsOf = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    return new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  };
  const [one, other] = await Promise.all(pictures.map(pixelsOf));
  if (one.length !== other.length) return Infinity;
  return one.reduce((count, pixel, index) => count + (pixel === other[index] ? 0 : 1), 0);
}`;

/** Whether nobody could tell the two pictures apart. */
export async function looksTheSame(browser: Browser, one: Buffer, other: Buffer): Promise<boolean> {
  if (one.equals(other)) return true;
  const page = await browser.newPage();
  try {
    const urls = [one, other].map((png) => `data:image/png;base64,${png.toString('base64')}`);
    const different = (await page.evaluate(`(${DIFFERENT})(${JSON.stringify(urls)})`)) as number;
    return different <= MAX_DIFFERENT_PIXELS;
  } finally {
    await page.close();
  }
}
