// Reads lines of JSON, each with the SQL of a script; answers each with a line: its statements as PostgreSQL's own parser sees them,
// those of anonymous blocks in PL/pgSQL as that language's parser does. Nothing is judged here.
//
// node --input-type=module --eval THIS -- FOLDER-OF-THE-PACKAGE
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const folder = process.argv[1];
const parser = createRequire(join(folder, 'package.json'))(join(folder, 'wasm', 'index.cjs'));
await parser.loadModule();

// What an expression of PL/pgSQL holds: a statement, an expression, or an assignment (`RawParseMode` in parser.h).
function text(expression) {
    const { query, parseMode } = expression;
    if (parseMode === 0) return query;
    return 'SELECT ' + (parseMode === 2 ? query : query.slice(query.indexOf(':=') + 2));
}

// Puts the trees of SQL into the tree of PL/pgSQL, which has it as text.
function deepen(node) {
    if (Array.isArray(node)) {
        node.forEach(deepen);
    } else if (node !== null && typeof node === 'object') {
        const expression = node.PLpgSQL_expr;
        if (expression) {
            expression.trees = parser.parseSync(text(expression)).stmts.map((raw) => raw.stmt);
        }
        Object.values(node).forEach(deepen);
    }
    return node;
}

function parse(request) {
    if (request.sql.trim() === '') return [];
    const bytes = Buffer.from(request.sql, 'utf8');
    return parser.parseSync(request.sql).stmts?.map((raw) => {
        // Places are counted in bytes; the last statement has no length.
        const start = raw.stmt_location ?? 0;
        const source = bytes.subarray(start, raw.stmt_len ? start + raw.stmt_len : undefined).toString('utf8');
        const statement = { text: source, tree: raw.stmt };
        if (raw.stmt?.DoStmt) {
            statement.block = deepen(parser.parsePlPgSQLSync(source));
        }
        return statement;
    }) ?? [];
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let answer;
    try {
        answer = { statements: parse(JSON.parse(line)) };
    } catch (error) {
        answer = { error: String(error?.message ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
}
