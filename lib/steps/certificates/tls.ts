import { at } from '../../redfish/json.js';
import { canonical } from '../../trust/canonical.js';
import type { Ground } from '../freeze/ground.js';
import { change, pathOf, takes } from '../freeze/setting.js';
import { finding, quoted, type Numberless, type Proposal, type Served, type Survey } from '../planning.js';
import { listedValue } from './registry.js';

/** Old versions of TLS that the BMC speaks: by what it says of itself, and by what it spoke with us. What is known to be settable is set. */
export async function oldVersions(
  survey: Survey,
  { vendor, known }: Ground,
  { version, shown }: Served,
): Promise<Pick<Proposal, 'findings' | 'operations'>> {
  const spoken =
    version === 'TLSv1' || version === 'TLSv1.1' ? [finding(survey, 'TLS_VERSION_OLD', shown, `it spoke ${version} with us`)] : [];
  const findings = [...spoken];
  const operations: Numberless[] = [];
  for (const { uri, property, good, set, listed } of vendor.certificates.tls) {
    const path = pathOf(property);
    for (const place of known(uri)) {
      const reading = await survey.reader.get(place);
      const now = reading.status === 200 ? at(reading.json ?? undefined, ...path) : undefined;
      if (now === undefined || now === null || good.some((one) => canonical(one) === canonical(now))) continue;
      const to = set ?? (listed === null ? null : await listedValue(survey.reader, listed));
      const isSettable = to !== null && takes(reading, 'PATCH', true);
      const way = isSettable ? 'the plan changes it' : 'set it by hand: which values this firmware takes is in no source';
      const what = quoted(typeof now === 'string' ? now : canonical(now));
      findings.push(finding(survey, 'TLS_VERSION_OLD', reading, `${property} is ${what}, which allows TLS before 1.2; ${way}`));
      // Whether the web server starts again over it is in no source.
      if (isSettable) operations.push({ ...change(reading, path, to, 'allow no old TLS'), impact: 'bmc-dark' });
    }
  }
  return { findings, operations };
}
