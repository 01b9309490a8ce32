import { INDICATORS, type Hunt } from '../../model/hunt.js';
import type { Problem } from '../error.js';
import type { SiteFileText } from '../yaml-file.js';

/** Each file of hunts/ by its own name, and no more to look for than one plan can answer. */
export function huntProblems(files: readonly SiteFileText<Hunt>[]): readonly Problem[] {
  const total = files.reduce((sum, { value }) => sum + value.indicators.length, 0);
  return files.flatMap(({ file, value: { name }, problem }) => [
    ...(file === `hunts/${name}.yaml`
      ? []
      : [problem(['name'], 'NAME_MISMATCH', `hunt "${name}" lies in ${file}`, `rename the file to hunts/${name}.yaml`)]),
    ...(total <= INDICATORS
      ? []
      : [
          problem(
            ['indicators'],
            'TOO_MANY_INDICATORS',
            `all hunts together name ${String(total)} indicators, and ${String(INDICATORS)} are looked for`,
            'take out what nobody looks for any more',
          ),
        ]),
  ]);
}
