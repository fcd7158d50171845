/**
 * Stands where a value was written that YAML reads as something nobody means, such as an unquoted `{{ x }}`.
 *
 * Its problem is reported already; whoever checks the data passes over it in silence.
 */
export const unusableValue: unique symbol = Symbol.for("dop.unusable-value");
