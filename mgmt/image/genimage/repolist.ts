import { StateliteError } from '../../../agent/errors.ts';
import { repositoryOf, type Repository } from './repositories.ts';

const types: Readonly<Record<string, Repository['type']>> = {
  'rpm-md': 'rpm-md',
  yast2: 'yast2',
  plaindir: 'plaindir',
};

/**
 * The repositories of a `.repolist` file: lines `Type|URL|name`, `#` begins a comment; the name may
 * stand in the next line, as the 2010 cookbook prints it. ERR_STATELITE_IMAGE with file and line.
 */
export function parseRepolist(text: string, file: string): Repository[] {
  const found: Repository[] = [];
  let nameless = false;
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    const content = (/^\s*#/.test(line) ? '' : line).trim();
    if (content === '') continue;
    if (!content.includes('|') && nameless) {
      nameless = false;
      continue;
    }
    const [type = '', url = '', name = '', ...more] = content.split('|').map((part) => part.trim());
    if (more.length > 0) throw bad(where, `${JSON.stringify(line)} is not Type|URL|name`);
    if (!Object.hasOwn(types, type))
      throw bad(where, `the type ${JSON.stringify(type)} is unknown`);
    if (!/^[a-z]+:\/{1,3}[^\s|]+$/.test(url)) {
      throw bad(where, `${JSON.stringify(url)} is no URL`);
    }
    // zypper reads these words in .repo files
    const id = `repolist${found.length + 1}${name.replaceAll(/[^\w.-]/g, '').replace(/^(?=.)/, '-')}`;
    found.push(repositoryOf(id, url, types[type] ?? 'rpm-md'));
    nameless = name === '';
  }
  return found;
}

function bad(where: string, reason: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `repolist ${where}: ${reason}`, {
    hint: 'for example rpm-md|http://mirror.example.com/extra|extra, or plaindir|file:///srv/rpms|own',
  });
}
