/**
 * A picture of text in its commonest colours, packed as tightly as deflate can: a browser's own is three
 * times as large. The same pixels always give the same bytes.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const mostColours = 64;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Bytes of one pixel: red, green, blue, and perhaps alpha, which a page does not use. */
  readonly step: number;
  readonly bytes: Buffer;
}

export function shrinkPng(png: Buffer): Buffer {
  const pixels = readPng(png);
  return writePng(pixels, withPalette(pixels));
}

function readPng(png: Buffer): Pixels {
  const packed: Buffer[] = [];
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [width, height, depth, sort] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  const step = sort === 6 ? 4 : 3;
  if (depth !== 8 || (sort !== 2 && sort !== 6)) throw new Error(`No picture of a browser: ${String(sort)}.`);
  return { width, height, step, bytes: unfiltered(inflateSync(Buffer.concat(packed)), width * step, step) };
}

/** Each line begins with how its bytes differ from those to the left and above. */
function unfiltered(lines: Buffer, width: number, step: number): Buffer {
  const height = lines.length / (width + 1);
  const bytes = Buffer.alloc(width * height);
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (width + 1)] ?? 0;
    for (let x = 0; x < width; x += 1) {
      const left = x < step ? 0 : (bytes[y * width + x - step] ?? 0);
      const up = y === 0 ? 0 : (bytes[(y - 1) * width + x] ?? 0);
      const corner = x < step || y === 0 ? 0 : (bytes[(y - 1) * width + x - step] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, nearest(left, up, corner)][filter] ?? 0;
      bytes[y * width + x] = (lines[y * (width + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return bytes;
}

function nearest(left: number, up: number, corner: number): number {
  const sum = left + up - corner;
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - up), Math.abs(sum - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

interface Indexed {
  readonly palette: readonly number[];
  /** One byte for each pixel. */
  readonly bytes: Buffer;
}

/** The commonest colours stay as they are; every other one, at the edges of letters, becomes the nearest of them. */
function withPalette({ bytes, step }: Pixels): Indexed {
  const indexed = Buffer.alloc(bytes.length / step);
  const counts = new Map<number, number>();
  const colourAt = (pixel: number): number => bytes.readUIntBE(pixel * step, 3);
  for (let pixel = 0; pixel < indexed.length; pixel += 1)
    counts.set(colourAt(pixel), (counts.get(colourAt(pixel)) ?? 0) + 1);
  const palette = [...counts]
    .toSorted(([one, often], [other, oftener]) => oftener - often || one - other)
    .slice(0, mostColours)
    .map(([colour]) => colour);
  const indexOf = new Map([...counts.keys()].map((colour) => [colour, nearestIn(palette, colour)]));
  for (let pixel = 0; pixel < indexed.length; pixel += 1) indexed[pixel] = indexOf.get(colourAt(pixel)) ?? 0;
  return { palette, bytes: indexed };
}

function nearestIn(palette: readonly number[], colour: number): number {
  let best = 0;
  let least = Infinity;
  for (const [index, entry] of palette.entries()) {
    const distance = [16, 8, 0].reduce(
      (sum, at) => sum + (((entry >> at) & 255) - ((colour >> at) & 255)) ** 2,
      0,
    );
    if (distance >= least) continue;
    least = distance;
    best = index;
  }
  return best;
}

function writePng({ width, height }: Pixels, { palette, bytes }: Indexed): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.alloc(palette.length * 3);
  for (const [index, colour] of palette.entries()) colours.writeUIntBE(colour, index * 3, 3);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) bytes.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width);
  const packed = deflateSync(lines, { level: 9, memLevel: 9 });
  const chunks = [
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', packed),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
