import { z } from 'zod';

/** Names of the fields that a schema knows at a path, for "did you mean". */
export function fieldsAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let here = unwrapped(schema);
  for (const part of path) {
    if (here instanceof z.ZodObject) here = unwrapped(new Map<PropertyKey, unknown>(Object.entries(here.shape)).get(part));
    else if (here instanceof z.ZodArray) here = unwrapped(here.element);
    else if (here instanceof z.ZodRecord) here = unwrapped(here.valueType);
    else return [];
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ? unwrapped(schema.unwrap()) : schema;
}
