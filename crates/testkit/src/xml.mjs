// Reads a request in JSON, an XML document and an XML schema; answers what libxml2 says of the two.
//
// node --input-type=module --eval THIS -- FOLDER-OF-THE-PACKAGE
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const folder = process.argv[1];
const { validateXML } = createRequire(join(folder, 'package.json'))(join(folder, 'index-node.js'));
const request = JSON.parse(await text(process.stdin));
const result = await validateXML({
    xml: [{ fileName: 'document.xml', contents: request.xml }],
    schema: [request.schema],
});
process.stdout.write(JSON.stringify({ valid: result.valid, errors: result.errors.map((error) => error.rawMessage) }));
