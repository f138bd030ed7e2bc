// The text form of graphs, DOT, and the parser of the text form: parse_graph(print(g)) equals
// compact(g), bit for bit.
//
//   graph {
//     x = input f32[n,128]
//     beta = scalar f32 0x1p+0           # the value where the call gives none
//     t0 = table f64 0x1p+0 0x1.6a09e667f3bcdp+0
//     %2 = const f32 0x1.99999ap-4       # 0.1; two words where a Real has a low part
//     %3 = mul x %2 : f32[n,128]
//     %4 = scalar beta : f64             # a scalar read in another dtype
//     %5 = lookup t0 %1 : f64
//     %6 = reduce_sum [1] %3 : f32[n,1]
//     output y = %3
//   }
//
// The type behind a colon is derived; the parser refuses one that is wrong.
#pragma once

#include <string>

#include "ir/graph.h"

namespace actjit {

std::string print(const Graph& graph);
std::string print_dot(const Graph& graph);

// Errors: syntax, unknown_name, type_mismatch and shape_mismatch, with their place in the text;
// limit for more than a million nodes.
Result<Graph> parse_graph(std::string_view text);

// One float or integer element, exactly: "0x1.8p+1", "inf", "nan", "-3", "true".
std::string print_element(DType dtype, Bits bits);
std::string print_real(Real value);
// The axes of a reduction or view: "[1,2]"; of a slice "[axis,start,count,step]", of a join
// "[axis,interleaved]".
std::string print_axes(Op op, const Attribute& attribute);

// "f32[n,128]", as in the text form; a scalar shape prints as the dtype alone.
std::string print_type(DType dtype, const Shape& shape);

}  // namespace actjit
