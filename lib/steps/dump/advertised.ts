import type { Json } from '../../model/json.js';
import type { Send } from '../../model/operation.js';
import { at, isList, isObject, textAt } from '../../redfish/json.js';
import { canonicalUri } from '../../redfish/uri.js';
import type { Reader, Reading } from '../reader.js';

/** The request for an action as the service itself advertises it, or why there is none: no action, or it does not say that it takes these values. */
export async function advertised(reader: Reader, service: Reading, name: string, body: Json): Promise<Send | string> {
  const actions = at(service.json ?? undefined, 'Actions');
  const action = at(actions, `#${name}`) ?? at(actions, 'Oem', `#${name}`);
  const target = textAt(action, 'target');
  const uri = target === undefined ? null : canonicalUri(target, service.uri);
  // An action of another resource under this one's name would be a trick.
  if (uri === null || !uri.toLowerCase().startsWith(`${service.uri.toLowerCase()}/`)) return `${service.uri} offers no ${name}`;
  const info = textAt(action, '@Redfish.ActionInfo');
  const told = info === undefined ? null : canonicalUri(info, service.uri);
  const parameters = parametersOf(action, told === null ? null : (await reader.get(told)).json);
  return fitted(parameters, body, uri);
}

interface Parameter {
  readonly values: readonly Json[];
  readonly required: boolean;
}

/** Both spellings of the standard: beside the action, or in a resource of its own. */
function parametersOf(action: Json | undefined, info: Json | null): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const [key, values] of isObject(action) ? Object.entries(action) : []) {
    const name = /^(.+)@Redfish\.AllowableValues$/.exec(key)?.[1];
    if (name !== undefined && isList(values)) parameters.set(name, { values, required: false });
  }
  const listed = at(info ?? undefined, 'Parameters');
  for (const parameter of isList(listed) ? listed : []) {
    const name = textAt(parameter, 'Name');
    const values = at(parameter, 'AllowableValues');
    if (name !== undefined) parameters.set(name, { values: isList(values) ? values : [], required: at(parameter, 'Required') === true });
  }
  return parameters;
}

function fitted(parameters: ReadonlyMap<string, Parameter>, body: Json, uri: string): Send | string {
  const wanted = isObject(body) ? Object.entries(body) : [];
  const missing = [...parameters].find(([name, { required }]) => required && !wanted.some(([known]) => known === name));
  if (missing !== undefined) return `${uri} requires ${JSON.stringify(missing[0].slice(0, 64))}, and what to send there is not known`;
  const fit: [string, Json][] = [];
  for (const [name, value] of wanted) {
    const values = parameters.get(name)?.values ?? [];
    const takes = isList(value) ? value.filter((one) => values.includes(one)) : values.includes(value) ? value : null;
    if (takes === null || (isList(takes) && takes.length === 0))
      return `${uri} does not say that it takes ${JSON.stringify(value)} for ${name}`;
    fit.push([name, takes]);
  }
  return { kind: 'redfish', method: 'POST', uri, body: Object.fromEntries(fit) };
}
