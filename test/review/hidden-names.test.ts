import { expect, test } from 'vitest'
import { withNames, withoutHiddenNames, withTypeName } from '../../src/review/hidden-names.ts'

const hidden = new Map(
  ['date', 'lower', 'hash', 'audit', 'secret', 'mood', 'Odd Name', 'time', 'secret_id_seq'].map((name) => [
    name,
    `ꙮ${name.length}`,
  ]),
)

test.each([
  ["CHECK ((date > '2020-01-01'::date))", "CHECK ((ꙮ4 > '2020-01-01'::date))"],
  ['lower((lower)::text)', 'lower((ꙮ5)::text)'],
  ['CREATE INDEX x ON public.secret USING hash (hash)', 'CREATE INDEX x ON public.ꙮ6 USING hash (ꙮ4)'],
  ["nextval('public.secret_id_seq'::regclass)", "nextval('public.ꙮ13'::regclass)"],
  ["'mood'::text", "'mood'::text"],
  ["'happy'::public.mood", "'happy'::public.ꙮ4"],
  ['(at)::timestamp(3) without time zone', '(at)::timestamp(3) without time zone'],
  ['FOREIGN KEY ("Odd Name") REFERENCES public.secret(id)', 'FOREIGN KEY (ꙮ8) REFERENCES public.ꙮ6(id)'],
  [
    'CREATE TRIGGER audit BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION audit()',
    'CREATE TRIGGER ꙮ5 BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION ꙮ5()',
  ],
])('%s', (sql, expected) => {
  expect(withNames(sql, hidden)).toBe(expected)
})

test.each([
  ['date', 'date'],
  ['timestamp(3) without time zone', 'timestamp(3) without time zone'],
  ['character varying(20)[]', 'character varying(20)[]'],
  ['mood', 'ꙮ4'],
  ['app.mood[]', 'app.ꙮ4[]'],
])('the type %s', (type, expected) => {
  expect(withTypeName(type, hidden)).toBe(expected)
})

test('a sentence says that a name is not shown, and keeps every other word', () => {
  expect(withoutHiddenNames('`public.ꙮ1` reads the rows of `orders`. "ꙮ2_new" stays, and so does date.')).toBe(
    'A name that is not shown here reads the rows of `orders`. A name that is not shown here stays, and so does date.',
  )
})
