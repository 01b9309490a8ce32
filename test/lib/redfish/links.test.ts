import { expect, test } from 'vitest';
import { linksOf, readLinks } from '../../../lib/redfish/links.js';
import type { Json } from '../../../lib/model/json.js';

const HERE = '/redfish/v1/Things';

test('a document leads over @odata.id, next links, Location[].Uri and action info, each once', () => {
  const document: Json = {
    '@odata.id': '/redfish/v1/Things/',
    'Members@odata.nextLink': '/redfish/v1/Things?$skip=50',
    Members: [{ '@odata.id': '/redfish/v1/Things/1' }, { '@odata.id': '/redfish/v1/Things/1#/Part' }],
    Location: [{ Language: 'en', Uri: '/redfish/v1/JsonSchemas/Thing.json' }],
    Actions: {
      '#Thing.Reset': { target: '/redfish/v1/Things/Actions/Reset', '@Redfish.ActionInfo': '/redfish/v1/Things/ResetActionInfo' },
    },
  };
  expect(linksOf(HERE, document).sort()).toEqual([
    '/redfish/v1/JsonSchemas/Thing.json',
    '/redfish/v1/Things',
    '/redfish/v1/Things/1',
    '/redfish/v1/Things/ResetActionInfo',
    '/redfish/v1/Things?$skip=50',
  ]);
  expect(readLinks(HERE, document).pages).toEqual(['/redfish/v1/Things?$skip=50']);
});

test('a document does not lead over targets, $ref, contexts, task monitors, plain texts or a place in a rack', () => {
  const document: Json = {
    '@odata.context': '/redfish/v1/$metadata#Thing.Thing',
    TaskMonitor: '/redfish/v1/TaskService/TaskMonitors/1',
    Location: { Uri: '/redfish/v1/Rack' },
    properties: { '@odata.id': { $ref: '/redfish/v1/Schemas/odata-v4.json#/definitions/id' } },
    Actions: { '#Thing.ClearLog': { target: '/redfish/v1/Things/Actions/ClearLog' } },
    Note: '/redfish/v1/Note',
  };
  expect(linksOf(HERE, document)).toEqual([]);
});

test('a hostile document leads nowhere else', () => {
  const links = [
    '//evil.example/redfish/v1',
    'https://evil.example/redfish/v1',
    'file:///etc/passwd',
    '/redfish/v1/a\u0000b',
    `/redfish/v1/${'x'.repeat(3_000)}`,
  ];
  const document: Json = {
    Members: links.map((link) => ({ '@odata.id': link })),
    Location: [null, 1, 'x', { Uri: 7 }],
    '@odata.nextLink': [],
  };
  expect(linksOf(HERE, document)).toEqual([]);
});

test('a document without links, or that is none, leads nowhere', () => {
  for (const document of [null, 1, 'text', [], {}]) expect(linksOf(HERE, document)).toEqual([]);
});
