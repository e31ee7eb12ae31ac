/**
 * How a model that generates migrations stays in step with a plan of several files, so that its next diff is empty; null
 * for tools whose files are written by hand. At its end a plan has the schema of the statement alone, which the model has.
 */
export function modelHint(runner: string): string | null {
  return hints[runner] ?? null
}

const hints: Record<string, string> = {
  prisma:
    'Leave schema.prisma as the change has it, write each file with `prisma migrate dev --create-only`, and generate no other migration before the last one: until then the diff is not empty.',
  drizzle:
    'Leave the schema file as the change has it, write each file with `drizzle-kit generate --custom`, and generate no other migration before the last one.',
  django:
    'Leave the model as the change has it: write the files as RunSQL, and give the last one the original operation as `state_operations`, so that makemigrations finds nothing.',
  rails:
    'Dump the schema (`db:schema:dump`) only after the last file: until then it holds what the plan takes away again.',
  typeorm:
    'Leave the entity as the change has it, write each file with `migration:create`, and run `migration:generate` only after the last one.',
}
