import { type Dependent, StatementFails } from './server-errors.ts'

/**
 * One function for each SQLSTATE that the model reports, named as in PostgreSQL's errcodes.txt. The message is in PostgreSQL's
 * own words; cases of test/truth compare both with servers.
 */
type FailureOf = (
  message: string,
  object?: { kind: string; name: string } | null,
  dependents?: Dependent[],
) => StatementFails

function failureOf(sqlstate: string): FailureOf {
  return (message, object = null, dependents = []) => new StatementFails(sqlstate, message, object, dependents)
}

/** A relation or object of another kind than the command takes: 42809. */
export const wrongObjectType = failureOf('42809')

/** A type, constraint, index, trigger, policy … that does not exist: 42704. */
export const undefinedObject = failureOf('42704')

/** A table that PostgreSQL does not allow: 42P16. */
export const invalidTableDefinition = failureOf('42P16')

/** A constraint, trigger, extension … whose name is taken: 42710. */
export const duplicateObject = failureOf('42710')

/** Something that this version does not do: 0A000. */
export const featureNotSupported = failureOf('0A000')

/** An object that is not in the state the command needs: 55000. */
export const objectNotInPrerequisiteState = failureOf('55000')

/** A command whose parts do not go together: 42601. */
export const syntaxError = failureOf('42601')

/** A schema that does not exist: 3F000. */
export const invalidSchemaName = failureOf('3F000')

/** An object that PostgreSQL does not allow: 42P17. */
export const invalidObjectDefinition = failureOf('42P17')

/** A column that does not exist: 42703. */
export const undefinedColumn = failureOf('42703')

/** An option with a value it does not take: 22023. */
export const invalidParameterValue = failureOf('22023')

/** A relation that does not exist: 42P01. */
export const undefinedTable = failureOf('42P01')

/** A column whose name is taken: 42701. */
export const duplicateColumn = failureOf('42701')

/** A text that is no value of the type: 22P02. */
export const invalidTextRepresentation = failureOf('22P02')

/** A type that does not fit: 42804. */
export const datatypeMismatch = failureOf('42804')

/** A column where none may be named: 42P10. */
export const invalidColumnReference = failureOf('42P10')

/** A relation whose name is taken: 42P07. */
export const duplicateTable = failureOf('42P07')

/** A schema whose name is taken: 42P06. */
export const duplicateSchema = failureOf('42P06')

/** An object that the session itself still uses: 55006. */
export const objectInUse = failureOf('55006')

/** A function that does not exist: 42883. */
export const undefinedFunction = failureOf('42883')

/** A cast that does not exist: 42846. */
export const cannotCoerce = failureOf('42846')

/** A foreign key that no unique key answers: 42830. */
export const invalidForeignKey = failureOf('42830')

/** A function whose name and arguments are taken: 42723. */
export const duplicateFunction = failureOf('42723')

/** A column that several relations have: 42702. */
export const ambiguousColumn = failureOf('42702')

/** A column that PostgreSQL does not allow: 42611. */
export const invalidColumnDefinition = failureOf('42611')

/** A null where none may be: 23502. */
export const notNullViolation = failureOf('23502')

/** Objects that depend on what would be dropped: 2BP01. */
export const dependentObjectsStillExist = failureOf('2BP01')
