export interface Schema<Value> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "counters";
    readonly types?: { readonly input: Value; readonly output: Value };
    readonly validate: (
      value: unknown,
    ) => { readonly value: Value } | { readonly issues: readonly { readonly message: string }[] };
  };
}

/** Returns a Standard Schema, as zod, valibot and arktype have them. */
export function schema<Value>(expected: string, accepts: (value: unknown) => boolean): Schema<Value> {
  const validate = (value: unknown) =>
    accepts(value) ? { value: value as Value } : { issues: [{ message: `must be ${expected}` }] };
  return { "~standard": { version: 1, vendor: "counters", validate } };
}
