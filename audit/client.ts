/** Read a plan as an integrator would, with types generated from the contract; fail if its counts do not add up. */

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./build/contract.js";

type Indicator = components["schemas"]["Indicator"];
type IndicatorPage = components["schemas"]["IndicatorPage"];
type OutlineSection = components["schemas"]["OutlineSection"];
type Problem = components["schemas"]["Problem"];

const baseUrl = process.argv[2];
assert(baseUrl, "usage: client.js URL, where URL ends in /v1");
const api = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl,
  querySerializer: { array: { style: "form", explode: false } }, // lists are comma-separated
});

/** Sum what `number` says of each thing. */
function sum<T>(things: readonly T[], number: (thing: T) => number): number {
  return things.reduce((total, thing) => total + number(thing), 0);
}

/** Say what was wrong with a request. */
function refused({ title, detail, errors }: Problem): Error {
  return new Error([title, detail, ...errors.map((fault) => `${fault.parameter}: ${fault.detail}`)].join(" "));
}

/** Print a section and all below it, and return how many sections these are. */
function walk(section: OutlineSection): number {
  const { number, title, title_en, counts, statuses, sections, indicators = [], milestones = [] } = section;
  const tally = `${counts.indicators} indicators, ${counts.milestones} milestones`;
  console.log(`${number} ${title} / ${title_en ?? "(no English title)"}: ${tally}`);
  const found = sum(sections, walk);
  const [due, done] = [sum(sections, (part) => part.counts.indicators), sum(sections, (part) => part.counts.milestones)];
  assert.equal(counts.sections, found, `sections below ${number}`);
  assert.equal(counts.indicators, indicators.length + due, `indicators in and below ${number}`);
  assert.equal(counts.milestones, milestones.length + done, `milestones in and below ${number}`);
  const rated = sum(Object.values(statuses), (count) => count);
  assert.equal(rated, counts.indicators + counts.milestones, `statuses in and below ${number}`);
  return found + 1;
}

/** Yield every indicator of a plan, page by page, following `next` to the end. */
async function* indicatorsOf(plan: string): AsyncGenerator<Indicator> {
  const { data, error } = await api.GET("/indicators", { params: { query: { plan: [plan], limit: 7 } } });
  if (error) throw refused(error);
  let page: IndicatorPage = data;
  for (;;) {
    yield* page.data as Indicator[]; // asked for without `fields`, each has all its members
    if (page.next === null) return;
    const response = await fetch(page.next);
    if (!response.ok) throw refused((await response.json()) as Problem);
    page = (await response.json()) as IndicatorPage;
  }
}

const plans = await api.GET("/plans", { params: { query: { area: ["21", "11"], fields: ["id", "title"] } } });
if (plans.error) throw refused(plans.error);
const plan_id = plans.data.data[0]?.id;
assert(plan_id, "there is no plan");

const outline = await api.GET("/plans/{plan_id}/outline", {
  params: { path: { plan_id }, query: { include: ["indicators", "milestones"] } },
});
if (outline.error) throw refused(outline.error);
const { plan, sections } = outline.data;
assert.equal(sum(sections, walk), plan.counts.sections, "sections of the plan");
assert.equal(sum(sections, (top) => top.counts.indicators), plan.counts.indicators, "indicators of the plan");
assert.equal(sum(sections, (top) => top.counts.milestones), plan.counts.milestones, "milestones of the plan");

const ids = new Set<string>();
for await (const { id, target, progress } of indicatorsOf(plan_id)) {
  assert(target.text, `the target of ${id} is without words`);
  assert(progress.rule, `the status of ${id} is without its rule`);
  ids.add(id);
}
assert.equal(ids.size, plan.counts.indicators, "indicators, page by page");
console.log(`${plan.title}: ${plan.counts.sections} sections, ${ids.size} indicators, ${plan.counts.milestones} milestones`);
