// The C++ language: activations as constant expressions.
//
//   constexpr auto f = leaky_relu(arg<0>, param<"negative_slope">(0.2));
//   constexpr auto g = arg<0> * tanh(exp(arg<0> + arg<1>));
//   static_assert(evaluate(relu(arg<0>), -1.0) == 0.0);            // frontend/evaluate.h
//   Result<Graph> graph = build(g, bindings);                      // for the engine
//
// Every activation of the catalogue and every op is a function here, by its canonical name, with
// the parameters and defaults of the keras dialect; call<"hardtanh", Dialect::torch>(arg<0>)
// reaches every name of every dialect. Parameters are named: a number, a run-time scalar, an
// expression, for some a bool or a text. A wrong number of operands, an unknown, doubled or missing
// parameter or one of the wrong kind is a violated constraint, at compile time.
//
// Expressions are values: they own what they are made of.
#pragma once

#include <algorithm>
#include <concepts>
#include <tuple>
#include <type_traits>

#include "frontend/bindings.h"
#include "frontend/expr_lowering.h"

namespace actjit {

// A text as a template argument.
template <std::size_t N>
struct FixedString {
  char chars[N]{};
  constexpr FixedString(const char (&text)[N]) { std::copy_n(text, N, chars); }
  constexpr std::string_view view() const { return {chars, N - 1}; }
};

// Whether an expression is a bool. An argument may be either.
enum class Truth : std::uint8_t { no, yes, maybe };

// What says "all axes", or "no tensor", where a parameter takes these.
struct None {};
inline constexpr None none{};

namespace expr {
struct Tag {};
template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;
}  // namespace expr

template <class T>
concept Expression = std::derived_from<T, expr::Tag>;
// What an operator or function takes: an expression or a number.
template <class T>
concept Operand = Expression<T> || expr::is_number<T>;
template <class... T>
concept Operands = (Operand<T> && ...) && (Expression<T> || ...);

namespace expr {

template <std::size_t I>
struct Argument : Tag {
  static constexpr std::size_t arity = I + 1;
  static constexpr Truth truth = Truth::maybe;
  constexpr Item lower(Context& c) const { return c.arguments[I]; }
};

struct Number : Tag {
  static constexpr std::size_t arity = 0;
  static constexpr Truth truth = Truth::no;
  Real value;
  constexpr explicit Number(Real r) : value(r) {}
  constexpr Item lower(Context&) const { return Item::of(value); }
};

template <FixedString Text>
struct RunTimeScalar : Tag {
  static constexpr std::size_t arity = 0;
  static constexpr Truth truth = Truth::no;
  double initial;
  constexpr explicit RunTimeScalar(double value) : initial(value) {}
  constexpr Item lower(Context& c) const { return c.scalar(Text.view(), initial); }
};

template <Operand T>
constexpr auto lift(T x) {
  if constexpr (Expression<T>)
    return x;
  else
    return Number(Real(static_cast<double>(x)));
}
template <class T>
using Lifted = decltype(lift(std::declval<T>()));

template <class... T>
inline constexpr std::size_t arity_of = std::max({std::size_t{0}, T::arity...});

// Items of expressions, lowered from left to right.
template <class Tuple>
constexpr std::vector<Item> lower_all(const Tuple& expressions, Context& c) {
  std::vector<Item> items;
  std::apply([&](const auto&... e) { (items.push_back(e.lower(c)), ...); }, expressions);
  return items;
}

template <Op O, class... T>
struct Apply : Tag {
  static constexpr std::size_t arity = arity_of<T...>;
  static constexpr Truth truth = info(O).rule == TypeRule::compare     ? Truth::yes
                                 : info(O).rule == TypeRule::same_bits ? Truth::maybe
                                                                       : Truth::no;
  std::tuple<T...> operands;
  constexpr explicit Apply(T... x) : operands(x...) {}
  constexpr Item lower(Context& c) const { return c.builder.apply(O, lower_all(operands, c)); }
};

// `and`, `or` of two bools, `not` of one.
template <Op O, class... T>
struct Logical : Tag {
  static constexpr std::size_t arity = arity_of<T...>;
  static constexpr Truth truth = Truth::yes;
  std::tuple<T...> operands;
  constexpr explicit Logical(T... x) : operands(x...) {}
  constexpr Item lower(Context& c) const {
    const std::vector<Item> items = lower_all(operands, c);
    if constexpr (O == Op::bit_not)
      return c.builder.negated(items[0]);
    else
      return c.builder.logical(O, items[0], items[1]);
  }
};

template <class C, class A, class B>
struct Where : Tag {
  static constexpr std::size_t arity = arity_of<C, A, B>;
  static constexpr Truth truth = A::truth;
  std::tuple<C, A, B> operands;
  constexpr Where(C c, A a, B b) : operands(c, a, b) {}
  constexpr Item lower(Context& c) const {
    const std::vector<Item> items = lower_all(operands, c);
    if (!c.builder.expect_bool(items[0], "the condition of 'where'")) return {};
    if (items[0].is_truth()) return items[items[0].truth ? 1 : 2];
    return c.builder.apply(Op::select, items);
  }
};

template <DType To, class T>
struct Cast : Tag {
  static constexpr std::size_t arity = T::arity;
  static constexpr Truth truth = is_bool(To) ? Truth::yes : Truth::no;
  T operand;
  constexpr explicit Cast(T x) : operand(x) {}
  constexpr Item lower(Context& c) const { return c.builder.cast(operand.lower(c), To); }
};

// The gradient of sum(y * dy) with respect to x.
template <class Y, class X, class... Dy>
struct Gradient : Tag {
  static constexpr std::size_t arity = arity_of<Y, X, Dy...>;
  static constexpr Truth truth = Truth::no;
  std::tuple<Y, X, Dy...> operands;
  constexpr explicit Gradient(Y y, X x, Dy... dy) : operands(y, x, dy...) {}
  constexpr Item lower(Context& c) const {
    const std::vector<Item> items = lower_all(operands, c);
    return c.builder.gradient(items[0], items[1], sizeof...(Dy) > 0 ? items.back() : Item());
  }
};

// A parameter of a call, by name.
template <FixedString Text, class T>
struct Named {
  static constexpr std::string_view name = Text.view();
  using Value = T;
  T value;
};
template <class T>
inline constexpr bool is_named = false;
template <FixedString Text, class T>
inline constexpr bool is_named<Named<Text, T>> = true;

template <class T>
constexpr std::size_t value_arity() {
  if constexpr (Expression<T>)
    return T::arity;
  else if constexpr (is_named<T>)
    return value_arity<typename T::Value>();
  else
    return 0;
}
template <class T>
constexpr Item lower_value(const T& value, Context& c) {
  if constexpr (is_named<T>)
    return lower_value(value.value, c);
  else if constexpr (std::same_as<T, None>)
    return {.kind = ItemKind::none};
  else if constexpr (std::same_as<T, AxisList>)
    return Item::of(value);
  else if constexpr (Expression<T>)
    return value.lower(c);
  else if constexpr (std::same_as<T, bool>)
    return Item::of(value);
  else if constexpr (is_number<T>)
    return Item::of(Real(static_cast<double>(value)));
  else
    return {.kind = ItemKind::text, .text = value};
}

// An activation: row of activation_table, one of its entries, operands and named parameters in the
// order they were written.
template <std::uint32_t Row, EntryIndex Entry, class... T>
struct Call : Tag {
  static constexpr std::size_t arity = std::max({std::size_t{0}, value_arity<T>()...});
  static constexpr Truth truth = Truth::no;
  std::tuple<T...> arguments;
  constexpr explicit Call(T... x) : arguments(x...) {}

  struct Items {
    std::vector<Item> operands;
    std::vector<Item> parameters;  // as visible_parameters() orders them
  };

  static constexpr Function function() { return activation_function(Row, Entry); }

  constexpr Items lower_arguments(Context& c) const {
    const std::vector<Parameter> known = visible_parameters(function());
    const std::size_t wanted = split(activation_table[Row].operands, " ").size();
    Items items;
    items.parameters.resize(known.size());
    std::size_t extra = 0;
    const auto take = [&]<class A>(const A& argument) {
      const Item item = lower_value(argument, c);
      if constexpr (is_named<A>)
        items.parameters[parameter_index(known, A::name)] = item;
      else if (items.operands.size() < wanted)
        items.operands.push_back(item);
      else
        items.parameters[optional_tensor(known, extra++)] = item;
    };
    std::apply([&](const auto&... x) { (take(x), ...); }, arguments);
    return items;
  }

  constexpr Item lower(Context& c) const {
    const Items items = lower_arguments(c);
    return c.lowering.activation(function(), items.operands, items.parameters);
  }
};

// The gradient of an activation from its result, which the operand of the call stands for.
template <class Of, class Dy>
struct GradientFromOutput : Tag {
  static constexpr std::size_t arity = arity_of<Of, Dy>;
  static constexpr Truth truth = Truth::no;
  Of of;
  Dy dy;
  constexpr GradientFromOutput(Of f, Dy d) : of(f), dy(d) {}
  constexpr Item lower(Context& c) const {
    const typename Of::Items items = of.lower_arguments(c);
    const Function f = Of::function();
    return c.lowering.from_output(f, activation_table[f.row].name, items.operands[0],
                                  items.parameters, dy.lower(c));
  }
};

// A function that looks along axes, arguments in the order they were written.
template <AxisFunction F, class... T>
struct Along : Tag {
  static constexpr std::size_t arity = std::max({std::size_t{0}, value_arity<T>()...});
  static constexpr Truth truth = keeps_dtype(F) ? Truth::maybe : Truth::no;
  std::tuple<T...> arguments;
  constexpr explicit Along(T... x) : arguments(x...) {}

  constexpr Item lower(Context& c) const {
    const Function f = along_axes_function(F);
    const std::vector<Slot> slots = axis_slots(f);
    std::vector<Item> items(slots.size());
    std::size_t next = 0;
    const auto take = [&]<class A>(const A& argument) {
      std::size_t slot = next;
      if constexpr (is_named<A>) slot = slot_index(slots, A::name);
      items[slot] = lower_value(argument, c);
      ++next;
    };
    std::apply([&](const auto&... x) { (take(x), ...); }, arguments);
    return c.lowering.along_axes(f, items);
  }
};

// What the constraint of a call looks at.
template <class T>
consteval ArgumentShape shape_of() {
  if constexpr (is_named<T>) {
    ArgumentShape value = shape_of<typename T::Value>();
    value.named = true;
    value.name = T::name;
    return value;
  } else {
    return {.boolean = std::same_as<T, bool>,
            .text = std::same_as<T, std::string_view>,
            .axes = std::same_as<T, AxisList> || std::same_as<T, None>,
            .integer = std::integral<T> && !std::same_as<T, bool>,
            .operand = Operand<T>,
            .expression = Expression<T>};
  }
}
template <class... T>
consteval bool fits(const Function& f) {
  if (!is_activation(f)) return false;
  const std::array<ArgumentShape, sizeof...(T)> shapes{shape_of<T>()...};
  return call_fits(f, shapes);
}
// An activation by its canonical name in the keras dialect.
consteval Function keras_function(std::uint32_t row) {
  return find_function(activation_table[row].name, Dialect::keras);
}

// The functions of ops and activations of one name are told apart by their constraints.
template <Op O, class... T>
concept OpCall = Operands<T...> && sizeof...(T) == arity(O) && is_callable(info(O)) &&
                 !is_activation(find_function(text(O), Dialect::keras));
template <std::uint32_t Row, class... T>
concept ActivationCall = (sizeof...(T) > 0) && fits<T...>(keras_function(Row));

template <AxisFunction F, class... T>
consteval bool fits_along() {
  const std::array<ArgumentShape, sizeof...(T)> shapes{shape_of<T>()...};
  return along_fits(F, shapes);
}
template <AxisFunction F, class... T>
concept AlongCall = (sizeof...(T) > 0) && fits_along<F, T...>();

template <class T>
constexpr auto lift_argument(T x) {
  if constexpr (Operand<T>)
    return lift(x);
  else
    return x;
}
template <std::uint32_t Row, EntryIndex Entry, class... T>
constexpr auto make_call(T... x) {
  return Call<Row, Entry, decltype(lift_argument(x))...>(lift_argument(x)...);
}
template <Op O, class... T>
constexpr auto make_apply(T... x) {
  return Apply<O, Lifted<T>...>(lift(x)...);
}

template <class T>
concept Condition = Expression<T> && T::truth != Truth::no;
template <class T>
concept NumberLike = expr::is_number<T> ||(Expression<T>&& Lifted<T>::truth != Truth::yes);

}  // namespace expr

// The I-th input.
template <std::size_t I>
inline constexpr expr::Argument<I> arg{};

// A run-time scalar: one kernel, many values. The same name is the same scalar.
template <FixedString Name>
constexpr auto scalar(double initial) {
  return expr::RunTimeScalar<Name>(initial);
}

// A real constant of the text language: number<"sqrt(2 / pi)">, with all its digits.
template <FixedString Text>
inline constexpr expr::Number number{expr::constant_of(Text.view())};

// Axes, as a parameter or behind the operand: sum(e, axis<0, -1>).
template <int... I>
requires(sizeof...(I) > 0 && sizeof...(I) <= max_rank) inline constexpr AxisList axis{
    {I...}, static_cast<std::uint8_t>(sizeof...(I))};

// A parameter by its name: a number, bool, text, axes, none or an expression.
template <FixedString Name, class T>
requires(std::is_arithmetic_v<T> || Expression<T> || std::same_as<T, AxisList> ||
         std::same_as<T, None>) constexpr auto param(T value) {
  return expr::Named<Name, T>{value};
}
template <FixedString Name>
constexpr auto param(const char* value) {
  return expr::Named<Name, std::string_view>{value};
}

#define ACTJIT_EXPRESSION_OPERATOR(symbol, op)                          \
  template <class A, class B>                                           \
  requires Operands<A, B> && expr::NumberLike<A> && expr::NumberLike<B> \
  constexpr auto operator symbol(A a, B b) { return expr::make_apply<Op::op>(a, b); }
ACTJIT_EXPRESSION_OPERATOR(+, add)
ACTJIT_EXPRESSION_OPERATOR(-, sub)
ACTJIT_EXPRESSION_OPERATOR(*, mul)
ACTJIT_EXPRESSION_OPERATOR(/, div)
ACTJIT_EXPRESSION_OPERATOR(<, lt)
ACTJIT_EXPRESSION_OPERATOR(<=, le)
ACTJIT_EXPRESSION_OPERATOR(>, gt)
ACTJIT_EXPRESSION_OPERATOR(>=, ge)
ACTJIT_EXPRESSION_OPERATOR(==, eq)
ACTJIT_EXPRESSION_OPERATOR(!=, ne)
#undef ACTJIT_EXPRESSION_OPERATOR

template <Expression A>
requires expr::NumberLike<A>
constexpr auto operator-(A a) { return expr::make_apply<Op::neg>(a); }
template <expr::Condition A, expr::Condition B>
constexpr auto operator&&(A a, B b) {
  return expr::Logical<Op::bit_and, A, B>(a, b);
}
template <expr::Condition A, expr::Condition B>
constexpr auto operator||(A a, B b) {
  return expr::Logical<Op::bit_or, A, B>(a, b);
}
template <expr::Condition A>
constexpr auto operator!(A a) {
  return expr::Logical<Op::bit_not, A>(a);
}

// a where the condition holds, else b.
template <expr::Condition C, Operand A, Operand B>
constexpr auto where(C condition, A a, B b) {
  return expr::Where<C, expr::Lifted<A>, expr::Lifted<B>>(condition, expr::lift(a), expr::lift(b));
}

// cast<DType::f64>(x).
template <DType To, Expression T>
constexpr auto cast(T x) {
  return expr::Cast<To, T>(x);
}

// The gradients of sum(y) and of sum(y * dy) with respect to x: an argument, a run-time scalar, or
// a part of y.
template <Expression Y, Expression X>
requires expr::NumberLike<Y> && expr::NumberLike<X>
constexpr auto grad(Y y, X x) { return expr::Gradient<Y, X>(y, x); }
template <Expression Y, Expression X, Operand Dy>
requires expr::NumberLike<Y> && expr::NumberLike<X> && expr::NumberLike<Dy>
constexpr auto vjp(Y y, X x, Dy dy) {
  return expr::Gradient<Y, X, expr::Lifted<Dy>>(y, x, expr::lift(dy));
}

// vjp_from_output(tanh(y), dy): the vector-Jacobian product of an activation from its result y.
// A violated constraint where the result never tells where it came from; unsupported, when the
// graph is built, where these parameters do not let it.
template <std::uint32_t Row, EntryIndex Entry, class... T, Operand Dy>
requires(find_from_output(activation_table[Row].name) != nullptr &&
         expr::NumberLike<Dy>) constexpr auto vjp_from_output(expr::Call<Row, Entry, T...> of,
                                                              Dy dy) {
  return expr::GradientFromOutput<decltype(of), expr::Lifted<Dy>>(of, expr::lift(dy));
}

// Every op that is called by name and is no activation.
#define ACTJIT_EXPRESSION_leaf(name)
#define ACTJIT_EXPRESSION_reduction(name)
#define ACTJIT_EXPRESSION_view(name)
#define ACTJIT_EXPRESSION_primitive(name) \
  template <class... T>                   \
  requires expr::OpCall<Op::name, T...>   \
  constexpr auto name(T... x) { return expr::make_apply<Op::name>(x...); }
#define ACTJIT_EXPRESSION_math(name) ACTJIT_EXPRESSION_primitive(name)
#define OP(name, text, arity, kind, rule, traits, meaning) ACTJIT_EXPRESSION_##kind(name)
#include "ir/ops.def"
#undef OP
#undef ACTJIT_EXPRESSION_leaf
#undef ACTJIT_EXPRESSION_reduction
#undef ACTJIT_EXPRESSION_view
#undef ACTJIT_EXPRESSION_primitive
#undef ACTJIT_EXPRESSION_math

// Every function that looks along axes: sum(e, axis<-1>, param<"keepdims">(true)).
#define AXIS_FUNCTION(name, slots, meaning)          \
  template <class... T>                              \
  requires expr::AlongCall<AxisFunction::name, T...> \
  constexpr auto name(T... x) { return expr::Along<AxisFunction::name, T...>(x...); }
#define FORMULA_FUNCTION(name, slots, meaning)
#include "frontend/axis_functions.def"
#undef AXIS_FUNCTION
#undef FORMULA_FUNCTION

// Every activation.
#define HELPER(name, operands, parameters, formula)
#define ACTIVATION(name, ...)                                                    \
  template <class... T>                                                          \
  requires expr::ActivationCall < static_cast<std::uint32_t>(ActivationId::name) \
  , T... > constexpr auto name(T... x) {                                         \
    constexpr auto row = static_cast<std::uint32_t>(ActivationId::name);         \
    return expr::make_call<row, expr::keras_function(row).entry>(x...);          \
  }
#include "frontend/activations/all.def"
#undef HELPER
#undef ACTIVATION

// Any activation of any dialect, by its name there.
template <FixedString Name, Dialect D = Dialect::keras, class... T>
requires(expr::fits<T...>(find_function(Name.view(), D))) constexpr auto call(T... x) {
  constexpr Function f = find_function(Name.view(), D);
  return expr::make_call<f.row, f.entry>(x...);
}

// The graph of an expression; bindings[i] is arg<i>, the output is "y".
// Errors: missing_input where there are fewer bindings than arguments; invalid_argument for more,
// for two inputs or scalars of one name or a bad shape; type_mismatch, shape_mismatch, limit.
template <Expression E>
Result<Graph> build(const E& expression, std::span<const Binding> inputs) {
  if (Result<void> sound = expr::check_bindings(inputs, E::arity); !sound) return sound.error();
  expr::Context context(working_dtype(inputs));
  for (const Binding& b : inputs)
    context.arguments.push_back(context.builder.input(b.name, b.dtype, b.shape));
  context.builder.output("y", expression.lower(context));
  return expr::finish(context);
}

}  // namespace actjit
