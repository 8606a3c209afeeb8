import { foldNames } from '../core/fold-names.ts';
import { plain } from '../core/plain.ts';
import { placeOf } from '../image/generations/place.ts';
import { type Generation, readGenerations } from '../image/generations/read.ts';
import { type Size, sizeOf } from '../image/generations/size.ts';
import type { Context } from './context.ts';
import { allImages, namedImage, type NamedImage, reportedOf } from './image-place.ts';
import { printJson } from './json.ts';

interface Row {
  readonly image: string;
  readonly number: number;
  readonly current: boolean;
  readonly made: string;
  readonly by: string;
  readonly kernel: string;
  readonly packages: number | undefined;
  readonly size: Size;
  readonly nodes: readonly string[];
}

/** Prints the generations of an osimage, or of all. */
export async function listImages(
  context: Context,
  name: string | undefined,
  json: boolean,
): Promise<void> {
  const images = name === undefined ? await allImages(context) : [await namedImage(context, name)];
  const rows: Row[] = [];
  for (const image of images) rows.push(...(await rowsOf(context, image)));
  if (json) printJson(context, rows);
  else if (rows.length > 0) tableOf(rows, name === undefined).forEach(context.print);
  else context.log.warn(name === undefined ? 'no image is built yet' : `${name} is not built yet`);
}

async function rowsOf(context: Context, image: NamedImage): Promise<Row[]> {
  const { all } = await readGenerations(await placeOf(image.rootimgdir));
  const reported = await reportedOf(context, image, all);
  const rows: Row[] = [];
  for (const generation of all) {
    context.progress.update(`measuring generation ${generation.number} of ${image.name}`);
    const nodes = reported.get(generation.number) ?? [];
    rows.push({
      ...rowOf(generation, image.name),
      size: await sizeOf(generation.directory),
      nodes,
    });
  }
  return rows;
}

function rowOf(generation: Generation, image: string): Omit<Row, 'size' | 'nodes'> {
  const { number, isCurrent: current, made, by, kernel, packages } = generation;
  return { image, number, current, made, by, kernel, packages };
}

/** A command line may be of any length. */
const longest = 60;

const columns: Readonly<Record<string, (row: Row) => string>> = {
  image: ({ image }) => image,
  generation: ({ number, current }) => `${number}${current ? ' current' : ''}`,
  made: ({ made }) => localTime(made),
  size: ({ size }) => megabytes(size.total),
  own: ({ size }) => megabytes(size.own),
  packages: ({ packages }) => String(packages ?? ''),
  kernel: ({ kernel }) => kernel,
  nodes: ({ nodes }) => foldNames(nodes),
  by: ({ by }) => (by.length > longest ? `${by.slice(0, longest - 1)}…` : by),
};

function tableOf(rows: readonly Row[], hasImages: boolean): string[] {
  const shown = Object.entries(columns).filter(([name]) => hasImages || name !== 'image');
  const cells = [
    shown.map(([name]) => name),
    ...rows.map((row) => shown.map(([, cell]) => plain(cell(row)))),
  ];
  const widths = shown.map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  );
  return cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** As ls(1) shows it. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
