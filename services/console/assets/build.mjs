// Compiles the styles and bundles the script into src/wardmote_console/static. The result is committed.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "wardmote_console", "static");

function compiled(name) {
  const options = { loadPaths: [here], quietDeps: true, style: "expanded" };
  return sass.compile(join(here, "src", `${name}.scss`), options).css;
}

async function minified(css) {
  const result = await esbuild.transform(css, { loader: "css", minify: true, legalComments: "none" });
  return result.code;
}

async function bundled(name) {
  const options = { entryPoints: [join(here, "src", `${name}.js`)], bundle: true, minify: true, write: false, format: "esm" };
  const result = await esbuild.build({ ...options, target: "es2020", legalComments: "none" });
  return result.outputFiles[0].text;
}

/** GDS Transport is licensed for GOV.UK alone; a stylesheet that was not told so loads it. */
function withoutTransport(css) {
  if (/transport|@font-face/i.test(css)) throw new Error("A stylesheet names a font that councils may not use.");
  return css;
}

await mkdir(target, { recursive: true });
await writeFile(join(target, "console.css"), withoutTransport(await minified(["govuk", "moj", "wardmote"].map(compiled).join("\n"))));
await writeFile(join(target, "console.js"), await bundled("console"));
