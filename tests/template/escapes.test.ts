import { inspect } from "node:util";
import { expect, test } from "vitest";
import { environmentScope } from "../../platform/template/environment-scope.ts";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeObject, scopeOf, templateFunction } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";

let ran = false;
Object.defineProperty(globalThis, "__dopEscape", { value: () => (ran = true), configurable: true });

class Opaque {
  readonly inner = "hidden-inner";

  get secretGetter(): string {
    ran = true;
    return "hidden-getter";
  }

  method(): string {
    ran = true;
    return "hidden-method";
  }
}

const withGetter = Object.defineProperty({ plain: 1 }, "trap", {
  get: () => {
    ran = true;
    return "hidden-getter";
  },
  enumerable: true,
});

const scope = scopeOf({
  x: "text",
  n: 1,
  list: [1, 2],
  props: { table: "a" },
  fn: templateFunction((value: unknown) => value),
  raw: () => {
    ran = true;
  },
  opaque: new Opaque(),
  date: new Date(0),
  withGetter,
  env: environmentScope({ read: () => undefined, isSecret: () => false, record: () => {} }),
  automation: scopeObject("automation", { eager: templateFunction(() => ({ type: "eager" })) }),
  context: scopeObject("context", { project_root: "/p" }),
});

const code = `'__dopEscape()'`;

// Payloads published against nunjucks, Jinja2 and template engines like them, and variations on them.
const payloads = [
  `{{ range.constructor("return __dopEscape()")() }}`,
  `{{ range.constructor("return global.process.mainModule.require('child_process').execSync('id')")() }}`,
  `{{ ({}).constructor.constructor(${code})() }}`,
  `{{ {}.constructor.constructor(${code})() }}`,
  `{{ [].constructor.constructor(${code})() }}`,
  `{{ [].map.constructor(${code})() }}`,
  `{{ [].filter.constructor(${code})() }}`,
  `{{ ''.constructor.constructor(${code})() }}`,
  `{{ x.constructor.constructor(${code})() }}`,
  `{{ n.constructor.constructor(${code})() }}`,
  `{{ (1).constructor.constructor(${code})() }}`,
  `{{ true.constructor.constructor(${code})() }}`,
  `{{ fn.constructor.constructor(${code})() }}`,
  `{{ fn.call.constructor(${code})() }}`,
  `{{ fn.apply(1, [2]) }}`,
  `{{ fn.bind(1)() }}`,
  `{{ fn.toString() }}`,
  `{{ raw() }}`,
  `{{ raw.constructor(${code})() }}`,
  `{{ x['constructor']['constructor'](${code})() }}`,
  `{{ x['con' ~ 'structor'] }}`,
  `{{ x['con' + 'structor']['con' + 'structor'](${code})() }}`,
  `{{ x[['constructor']] }}`,
  `{{ props[['constructor']] }}`,
  `{{ props['__pro' ~ 'to__'] }}`,
  `{{ props.__proto__ }}`,
  `{{ props.__proto__.polluted }}`,
  `{{ props.constructor }}`,
  `{{ props.prototype }}`,
  `{{ props.hasOwnProperty('table') }}`,
  `{{ props.toString() }}`,
  `{{ props.valueOf() }}`,
  `{{ props.__defineGetter__('a', fn) }}`,
  `{{ props.__lookupGetter__('__proto__') }}`,
  `{{ props.isPrototypeOf(props) }}`,
  `{{ {'__proto__': {'a': 1}} }}`,
  `{{ {'__proto__': {'a': 1}}.a }}`,
  `{{ {'constructor': 1} }}`,
  `{{ {'a': 1}.get('__proto__').a }}`,
  `{{ props.get('constructor').name }}`,
  `{{ [props] | map(attribute='constructor') | list }}`,
  `{{ [props] | map(attribute='__proto__.constructor') | list }}`,
  `{{ [x] | map(attribute='constructor') | list }}`,
  `{{ [props] | selectattr('constructor') | list }}`,
  `{{ [props] | groupby('constructor') }}`,
  `{{ [props] | sort(attribute='__proto__') }}`,
  `{{ [props] | sum(attribute='constructor') }}`,
  `{{ [x] | join(attribute='constructor') }}`,
  `{{ x | attr('constructor') }}`,
  `{{ ''|attr('__class__')|attr('__mro__') }}`,
  `{{ [x] | map('attr', '__class__') | list }}`,
  `{{ list.map(fn) }}`,
  `{{ list.constructor }}`,
  `{{ list.__proto__ }}`,
  `{{ list['length'] }}`,
  `{{ list.at(0) }}`,
  `{{ list.push(3) }}`,
  `{{ x.length }}`,
  `{{ x.at(0) }}`,
  `{{ x.link('a') }}`,
  `{{ x.matchAll }}`,
  `{{ x.__class__.__mro__ }}`,
  `{{ ''.__class__.__mro__[1].__subclasses__() }}`,
  `{{ ''.__class__.__base__.__subclasses__()[40]('/etc/passwd').read() }}`,
  `{{ ().__class__.__bases__[0].__subclasses__() }}`,
  `{{ [].__class__.__base__ }}`,
  `{{ config.__class__.__init__.__globals__['os'].popen('id').read() }}`,
  `{{ config }}`,
  `{{ self._TemplateReference__context }}`,
  `{{ self.__init__.__globals__.__builtins__ }}`,
  `{{ cycler.__init__.__globals__.os.popen('id').read() }}`,
  `{{ joiner.__init__.__globals__.os }}`,
  `{{ namespace.__init__.__globals__.os }}`,
  `{{ lipsum.__globals__['os'].popen('id').read() }}`,
  `{{ lipsum.__globals__ }}`,
  `{{ url_for.__globals__ }}`,
  `{{ get_flashed_messages.__globals__ }}`,
  `{{ request.application.__globals__ }}`,
  `{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}`,
  `{{ x.__init__.__globals__ }}`,
  `{{ dict(a=1) }}`,
  `{{ range(10) }}`,
  `{{ '{0.__class__}'.format(x) }}`,
  `{{ '{0.__class__.__init__.__globals__}'.format(fn) }}`,
  `{{ '{a.constructor}'.format(a=x) }}`,
  `{{ '{0[constructor]}'.format(props) }}`,
  `{{ '{:{}}'.format(1, 2) }}`,
  `{{ '{constructor}'.format(a=1) }}`,
  `{{ '{__proto__}'.format(a=1) }}`,
  `{{ '%(constructor)s' % props }}`,
  `{{ '%(__proto__)s' % {'a': 1} }}`,
  `{{ '%(constructor)s' | format(a=1) }}`,
  `{{ '%s' % opaque }}`,
  `{{ '%s' % fn }}`,
  `{{ opaque.inner }}`,
  `{{ opaque.secretGetter }}`,
  `{{ opaque.method() }}`,
  `{{ opaque.constructor }}`,
  `{{ opaque ~ '' }}`,
  `{{ opaque | string }}`,
  `{{ opaque | tojson }}`,
  `{{ [opaque] | join }}`,
  `{{ opaque | list }}`,
  `{{ date.getTime() }}`,
  `{{ date | string }}`,
  `{{ withGetter.trap }}`,
  `{{ withGetter['trap'] }}`,
  `{{ withGetter | tojson ~ withGetter.trap }}`,
  `{{ env.constructor.constructor }}`,
  `{{ env.__proto__ }}`,
  `{{ env['__proto__'] }}`,
  `{{ env.constructor(${code})() }}`,
  `{{ automation.constructor }}`,
  `{{ automation.__proto__ }}`,
  `{{ automation.eager.constructor(${code})() }}`,
  `{{ automation.eager().constructor.constructor(${code})() }}`,
  `{{ automation['constructor'] }}`,
  `{{ context.project_root.constructor }}`,
  `{{ context.constructor }}`,
  `{{ globalThis }}`,
  `{{ global.process }}`,
  `{{ process.env }}`,
  `{{ process.mainModule.require('fs') }}`,
  `{{ require('child_process') }}`,
  `{{ this }}`,
  `{{ this.constructor }}`,
  `{{ arguments }}`,
  `{{ eval(${code}) }}`,
  `{{ Function(${code})() }}`,
  `{{ __dopEscape() }}`,
  `{{ caller() }}`,
  `{{ super() }}`,
  `{{ loop.constructor }}`,
  `{% for a in list %}{{ loop.constructor.constructor(${code})() }}{% endfor %}`,
  `{% for a in list %}{{ loop.__proto__ }}{% endfor %}`,
  `{% set constructor = x.constructor %}`,
  `{% set __proto__ = 1 %}{{ props.__proto__ }}`,
  `{% import 'os' as os %}{{ os.popen('id').read() }}`,
  `{% include '/etc/passwd' %}`,
  `{% extends 'x' %}`,
  `{% macro a() %}{{ caller }}{% endmacro %}{{ a.constructor }}`,
  `{% call fn() %}{% endcall %}`,
  `{% filter upper %}{% endfilter %}`,
  `{% asyncEach a in list %}{% endeach %}`,
  `{% block a %}{% endblock %}`,
  `{% switch x %}{% endswitch %}`,
  `{{ x | safe }}`,
  `{{ list | random }}`,
  `{{ x | pprint }}`,
  `{{ fn(r/a/g) }}`,
  `{{ r/(a+)+$/g.test('aaaa') }}`,
  "{{ `a` }}",
  `{{ x; __dopEscape() }}`,
  `{{ fn(...list) }}`,
  `{{ (() => 1)() }}`,
  `{{ fn(*list) }}`,
  `{{ fn(**props) }}`,
  `{{ x = 1 }}`,
  `{{ new Date() }}`,
  `{{ import('fs') }}`,
];

test("more than 60 escapes are tried", () => {
  expect(new Set(payloads).size).toBeGreaterThan(60);
});

test.for(payloads)("%s neither runs nor reveals anything", (payload) => {
  ran = false;
  const outcome = attempt(payload);
  expect(ran).toBe(false);
  expect(outcome.error, `gave ${inspect(outcome.value)}`).toBeInstanceOf(TemplateError);
  expect(`${outcome.error?.message} ${outcome.error?.hint}`).not.toMatch(
    /hidden-|native code|\[object|\[Function/,
  );
});

test("prototypes are untouched by all of this", () => {
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("an object of a class only passes through, by identity", () => {
  const opaque = new Opaque();
  expect(evaluateTemplate(parseTemplate("{{ opaque }}"), scopeOf({ opaque }))).toBe(opaque);
  expect(evaluateTemplate(parseTemplate("{{ [opaque][0] }}"), scopeOf({ opaque }))).toBe(opaque);
});

function attempt(template: string): { value?: unknown; error?: TemplateError } {
  try {
    return { value: evaluateTemplate(parseTemplate(template), scope) };
  } catch (error) {
    if (error instanceof TemplateError) return { error };
    throw error;
  }
}
