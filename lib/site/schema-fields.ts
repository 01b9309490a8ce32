import { z } from 'zod';

/** Names of the fields that a schema knows at a path, for "did you mean"; where it has several forms, those of all. */
export function fieldsAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const here = unwrapped(schema);
  if (here instanceof z.ZodDiscriminatedUnion) return [...new Set(here.options.flatMap((form) => fieldsAt(form, path)))];
  const [part, ...rest] = path;
  if (part === undefined) return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
  if (here instanceof z.ZodObject) return fieldsAt(new Map<PropertyKey, unknown>(Object.entries(here.shape)).get(part), rest);
  if (here instanceof z.ZodArray) return fieldsAt(here.element, rest);
  return here instanceof z.ZodRecord ? fieldsAt(here.valueType, rest) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ? unwrapped(schema.unwrap()) : schema;
}
