import { SiteError } from '../lib/site/error.js';
import { CliError } from './error.js';

/** What lib/site throws, told as an error of ours; anything else unchanged. */
export function siteFailure(cause: unknown, dir: string): unknown {
  if (!(cause instanceof SiteError)) return cause;
  if (cause.problems.length === 0)
    return new CliError(cause.code === 'ALREADY_EXISTS' ? 'CONFLICT' : 'CONFIG_INVALID', cause.message, {
      ...(cause.code === 'SITE_MISSING' ? { fix: 'go to the site directory, name it with --site, or make one with: cofferdam init' } : {}),
      cause,
    });
  const lines = cause.problems.map(({ file, line, code, what, fix }) => `${file}:${String(line)}: ${what} (${code}); ${fix}`);
  return new CliError('SITE_INVALID', `the site directory ${dir} has ${String(lines.length)} problems`, {
    why: lines.join('\n'),
    fix: 'correct these lines and run the command again',
    cause,
  });
}
