/**
 * The bundlers that web applications are built with, each set for production and with nothing that
 * concerns this package.
 */
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";

/** The folder of an application with index.html and main.js, and where its build shall go. */
export interface Application {
  readonly folder: string;
  readonly output: string;
}

/** Builds an application: the output holds all the scripts, with main.js or an index.html. */
export type Bundler = (application: Application) => Promise<void>;

/** By name. */
export const bundlers: Readonly<Record<string, Bundler>> = {
  async Vite({ folder, output }) {
    await vite({
      root: folder,
      configFile: false,
      logLevel: "silent",
      build: { outDir: output },
    });
  },

  async esbuild({ folder, output }) {
    await esbuild({
      entryPoints: [join(folder, "main.js")],
      absWorkingDir: folder,
      outdir: output,
      bundle: true,
      minify: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      logLevel: "silent",
    });
  },

  webpack({ folder, output }) {
    return new Promise((resolve, reject) => {
      const configuration: webpack.Configuration = {
        mode: "production",
        context: folder,
        entry: "./main.js",
        output: { path: output, filename: "main.js" },
        performance: false,
      };
      webpack(configuration, (error, stats) => {
        if (error !== null || stats === undefined) reject(error);
        else if (stats.hasErrors() || stats.hasWarnings()) reject(new Error(stats.toString()));
        else resolve();
      });
    });
  },
};
