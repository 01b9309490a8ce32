import { keyOf } from './content.js';
import type { JsonObject } from './json.js';
import { bytesReply, emptyReply, jsonReply, messageReply, type Reply } from './reply.js';
import type { Caller, Request } from './service.js';
import type { State } from './state.js';
import { allowed } from './write.js';

/** Answers GET and HEAD; a null caller reads what is open to anyone. */
export function read(state: State, request: Request, caller: Caller | null): Reply {
  const reply = answer(state, request, caller);
  const etag = reply.headers['ETag'];
  if (etag !== undefined && request.ifNoneMatch === etag) return emptyReply(304, { ETag: etag });
  const schema = reply.status === 200 ? schemaOf(reply.body) : null;
  return schema === null
    ? reply
    : { ...reply, headers: { ...reply.headers, Link: `<http://redfish.dmtf.org/schemas/v1/${schema}.json>; rel=describedby` } };
}

/** The schema that a resource names as its type; sought in its first bytes alone, since log pages are long. */
function schemaOf(body: Buffer | null): string | null {
  return /"@odata\.type":\s*"#(\w+)\./.exec(body?.toString('latin1', 0, 4096) ?? '')?.[1] ?? null;
}

function answer(state: State, request: Request, caller: Caller | null): Reply {
  const { vendor, resources } = state;
  const dumped = state.dumps.read(request.uri);
  if (dumped !== null && caller !== null) return dumped;
  for (const log of state.logs) {
    const body = log.read(request.uri);
    if (body === 'out-of-range') return messageReply(vendor, 500, 'InternalError', 'The value of $skip is out of range.');
    if (body !== null) return rendered(state, body);
  }
  const own = ownView(state, request.uri, caller);
  if (own !== null) return rendered(state, own);
  const stored = resources.read(request.uri);
  if (stored !== null) {
    const etag = resources.etagOf(stored);
    const headers = { Allow: allowed(state, request.uri).join(', '), ...(etag === null ? {} : { ETag: etag }) };
    return bytesReply(stored.status, stored.bytes, stored.type, headers);
  }
  const [path = '', query] = request.uri.split('?');
  if (query !== undefined && resources.read(path) !== null)
    return messageReply(vendor, 501, 'QueryNotSupported', 'Querying is not supported.');
  return messageReply(vendor, 404, vendor.notFound, 'The resource was not found.');
}

/** What looks different to each who asks: the list of sessions, and on an iLO the session that is one's own. */
function ownView({ sessions, identity }: State, uri: string, caller: Caller | null): JsonObject | null {
  const viewer = caller?.session ?? null;
  const certificate = identity.view(uri);
  if (certificate !== null) return certificate;
  return keyOf(uri) === keyOf(sessions.collection) ? sessions.render(viewer) : sessions.renderMember(uri, viewer);
}

function rendered({ resources }: State, body: JsonObject): Reply {
  const etag = resources.etagOf({ status: 200, bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' });
  return jsonReply(200, body, etag === null ? {} : { ETag: etag });
}
