import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A markdown file of the project. */
export interface Document {
  /** Relative to the project. */
  readonly file: string;
  readonly text: string;
}

/** Everything in `docs`, and the pages beside it that users read. */
export function documents(): Document[] {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...pages.filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
  ];
  return files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

/** A file of the project, as text. */
export function projectFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The project's path of what a link in a document leads to; undefined for one to elsewhere. */
export function linkTarget({ file }: Document, link: string): string | undefined {
  if (/^[a-z]+:|^#/u.test(link)) return undefined;
  return relative(root, join(root, file, '..', link.replace(/#.*$/u, '')));
}

/** The fenced blocks of one language. */
export function fences({ text }: Pick<Document, 'text'>, language: string): string[] {
  const pattern = /^```(?<language>\w*)\n(?<content>.*?)^```$/gmsu;
  return [...text.matchAll(pattern)]
    .filter(({ groups }) => groups?.['language'] === language)
    .map(({ groups }) => groups?.['content'] ?? '');
}

/** Headings of one level, e.g. `##`. */
export function headings({ text }: Pick<Document, 'text'>, level: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${level} `))
    .map((line) => line.slice(level.length + 1));
}
