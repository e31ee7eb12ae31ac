import { holdsSemicolons, numbered, numberedOrNamed, type SqlTool } from './sql-tool.ts'

/** Tools whose files hold a part to do and a part to undo, parted by comments. */
export const sectionedFileTools: readonly SqlTool[] = [
  {
    runners: ['goose'],
    name: numbered,
    directive: /^--[ \t]*\+goose\b/i,
    oneQuery: false,
    head: (mode) => `${mode === 'outside' ? '-- +goose NO TRANSACTION\n' : ''}-- +goose Up\n`,
    foot: '\n-- +goose Down\n',
    markOutside: (text) => `-- +goose NO TRANSACTION\n${text}`,
    around: (sql) =>
      holdsSemicolons(sql) ? { before: '-- +goose StatementBegin\n', after: '\n-- +goose StatementEnd' } : null,
  },
  {
    runners: ['sql-migrate'],
    name: numberedOrNamed,
    directive: /^-- \+migrate\b/,
    oneQuery: false,
    head: (mode) => `-- +migrate Up${mode === 'outside' ? ' notransaction' : ''}\n`,
    foot: '\n-- +migrate Down\n',
    markOutside: (text) => text.replace(/^(-- \+migrate [ \t]*Up)(?=[ \t\r]*$)/m, '$1 notransaction'),
    around: (sql) =>
      holdsSemicolons(sql) ? { before: '-- +migrate StatementBegin\n', after: '\n-- +migrate StatementEnd' } : null,
  },
  {
    runners: ['dbmate'],
    name: numbered,
    directive: /^--[^\S\n]+migrate:/,
    oneQuery: true,
    head: (mode) => `-- migrate:up${mode === 'outside' ? ' transaction:false' : ''}\n`,
    foot: '\n-- migrate:down\n',
    markOutside: (text) => text.replace(/^(--[^\S\n]+migrate:up)(?=[^\S\n]*$)/m, '$1 transaction:false'),
  },
  {
    runners: ['tern'],
    name: numbered,
    gapless: true,
    directive: /^---- (?:tern: disable-tx|create above)/,
    oneQuery: false,
    head: (mode) => (mode === 'outside' ? '---- tern: disable-tx ----\n' : ''),
    foot: '\n---- create above / drop below ----\n',
    markOutside: (text) => `---- tern: disable-tx ----\n${text}`,
  },
]
