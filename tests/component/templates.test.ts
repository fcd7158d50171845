import { expect, test } from "vitest";
import { conditionText } from "../../platform/core/condition-text.ts";
import { isReference } from "../../platform/core/reference.ts";
import { arrived, load, told } from "./load-text.ts";

const scoped = (value: string, type = "Scoped"): string =>
  `type: fixture.${type}\nattributes:\n  value: ${value}\n`;

test.for([
  ["a class's name", '"{{ team }}"', "sales"],
  ["a class's function", "\"{{ shout('a') }}\"", "A!"],
  ["a function's keyword", "\"{{ shout(text='a', mark='?') }}\"", "A?"],
  ["the environment's name", '"{{ environment }}"', "local"],
  ["a database outside production", "\"{{ database_for_environment('AWS') }}\"", "SANDBOX"],
  ["a schema without a sandbox", "\"{{ schema_for_environment('raw') }}\"", "raw"],
  ["a length of time as in Python", '"{{ datetime.timedelta(hours=2, minutes=30) }}"', 9000],
  ["the project's folder", '"{{ project_root == context.project_root }}"', true],
])("a template may use %s", async ([, text, value]) => {
  const loaded = await load(scoped(text as string));
  expect(told(loaded.problems)).toEqual([]);
  expect(arrived(loaded)).toBe(value);
});

test.for([
  ["prod", {}, "AWS"],
  ["branch", { PULL_REQUEST_ID: "7" }, "AWS_CLONE_7"],
  ["dogfood", {}, "SANDBOX"],
] as const)("a database's name follows the environment: %s", async ([environment, env, name]) => {
  const loaded = await load(scoped("\"{{ database_for_environment('AWS') }}\""), { environment, env });
  expect(arrived(loaded)).toBe(name);
});

test.for([
  ["own names win", "{{ team }}", "support"],
  ["others are inherited", "{{ shout('a') }}", "A!"],
  ["more are added", "{{ floor }}", 3],
] as const)("a subclass's scope: %s", async ([, text, value]) => {
  expect(arrived(await load(scoped(`"${text}"`, "MoreScoped")))).toBe(value);
});

test("a class's scope may read variables, which are recorded", async () => {
  const loaded = await load(scoped('"{{ region }}"'), { env: { REGION: "eu" } });
  expect(arrived(loaded)).toBe("eu");
  expect(loaded.component.variables).toEqual(["REGION"]);
});

test.for([
  ["automation.on_cron('0 3 * * *')", 'on_cron("0 3 * * *", "UTC")'],
  [
    "automation.on_cron(cron_schedule='0 3 * * *', cron_timezone='Asia/Seoul')",
    'on_cron("0 3 * * *", "Asia/Seoul")',
  ],
  ["dg.AutomationCondition.eager()", "eager()"],
  ["automation_condition.eager()", "eager()"],
  ["hourly_if_not_in_progress", 'cron_tick_passed("0 * * * *", "UTC") & ~in_progress()'],
  ["automation.all_of(automation.eager(), automation.not_(automation.missing()))", "eager() & ~missing()"],
] as const)("a condition from a template: %s", async ([text, expected]) => {
  const yaml = `type: fixture.Assets\nattributes:\n  assets: [{key: a, automation_condition: "{{ ${text} }}"}]\n`;
  const { definitions, problems } = await load(yaml);
  expect(told(problems)).toEqual([]);
  expect(conditionText(definitions.assets[0]?.automationCondition ?? { type: "missing" })).toBe(expected);
});

test.for([
  [
    "freshness_policy",
    "freshness.time_window(fail_window='36h', warn_window=3600)",
    "freshnessPolicy",
    { type: "time_window", failSeconds: 129_600, warnSeconds: 3600 },
  ],
  [
    "freshness_policy",
    "dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(hours=36))",
    "freshnessPolicy",
    { type: "time_window", failSeconds: 129_600 },
  ],
  [
    "freshness_policy",
    "freshness.cron('0 9 * * *', '2h')",
    "freshnessPolicy",
    { type: "cron", lowerBoundSeconds: 7200, timeZone: "UTC" },
  ],
  [
    "partitions_def",
    "partitions.daily(start_date='2026-01-01', timezone='Asia/Seoul')",
    "partitions",
    { type: "time", start: "2026-01-01", timeZone: "Asia/Seoul", cadence: "daily" },
  ],
  [
    "partitions_def",
    "dg.StaticPartitionsDefinition(['a', 'b'])",
    "partitions",
    { type: "static", keys: ["a", "b"] },
  ],
] as const)("%s may come from a template: %s", async ([attribute, text, field, expected]) => {
  const yaml = `type: fixture.Assets\nattributes:\n  assets:\n    - key: a\n      ${attribute}: "{{ ${text} }}"\n`;
  const { definitions, problems } = await load(yaml);
  expect(told(problems)).toEqual([]);
  expect(definitions.assets[0]?.[field]).toMatchObject(expected);
});

test("partitions written out are read into data", async () => {
  const yaml =
    "type: fixture.Assets\nattributes:\n  assets: [{key: a, partitions_def: {type: static, partition_keys: [eu, us]}}]\n";
  const { definitions } = await load(yaml);
  expect(definitions.assets[0]?.partitions).toEqual({ type: "static", keys: ["eu", "us"] });
});

test("an asset of another component is a reference that knows where it is written", async () => {
  const yaml =
    "type: fixture.Assets\nattributes:\n  assets: [{key: a, deps: [\"{{ dbt_asset_key('orders') }}\"]}]\n";
  const { component } = await load(yaml);
  const [dep] = component.specs.assets[0]?.deps ?? [];
  expect(isReference(dep)).toBe(true);
  expect(dep).toMatchObject({
    kind: "dbt_model",
    argument: "orders",
    span: { start: { line: 3, column: 28 } },
  });
});

test.for([
  ["an unknown name", "{{ nope }}", "undefined-name 3:14 attributes.value"],
  ["a syntax error", "{{ team( }}", "template-syntax"],
  ["a function that throws", "{{ fail() }}", "template-error 3:14 attributes.value"],
  [
    "a wrong argument",
    "{{ freshness.time_window(fail_window='soon') }}",
    "invalid-attribute-value 3:14 attributes.value",
  ],
] as const)("the problem of a template stands at its expression: %s", async ([, text, expected]) => {
  const { problems } = await load(scoped(`"${text}"`));
  expect(told(problems)[0]).toMatch(new RegExp(`^${expected}`));
});

test("keys are never evaluated", async () => {
  const loaded = await load('type: fixture.Scoped\nattributes:\n  value: {"{{ team }}": 1}\n');
  expect(arrived(loaded)).toEqual({ "{{ team }}": 1 });
});
