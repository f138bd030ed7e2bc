#include "codegen/emit_op.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ir/eval.h"

namespace actjit {

namespace {

unsigned lanes(llvm::Value* v) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(v->getType());
  return type ? type->getNumElements() : 1;
}

llvm::Constant* element(DType dtype, Bits bits, llvm::LLVMContext& context) {
  llvm::Type* type = register_type(dtype, context);
  if (type->isIntegerTy()) return llvm::ConstantInt::get(type, bits);
  const llvm::APInt word(static_cast<unsigned>(8 * bytes(dtype)), bits);
  return llvm::ConstantFP::get(context, llvm::APFloat(type->getFltSemantics(), word));
}

}  // namespace

llvm::Type* as_wide_as(llvm::Type* scalar, llvm::Value* model) {
  const unsigned n = lanes(model);
  return n == 1 ? scalar : llvm::FixedVectorType::get(scalar, n);
}

llvm::Type* register_type(DType dtype, llvm::LLVMContext& context) {
  switch (dtype) {
    case DType::f64: return llvm::Type::getDoubleTy(context);
    case DType::f32: return llvm::Type::getFloatTy(context);
    case DType::f16:
    case DType::bf16: return llvm::Type::getInt16Ty(context);
    case DType::i64: return llvm::Type::getInt64Ty(context);
    case DType::i32: return llvm::Type::getInt32Ty(context);
    case DType::boolean: return llvm::Type::getInt1Ty(context);
  }
  return nullptr;
}

llvm::Value* OpEmitter::constant(NodeId id) {
  const Node& n = graph_[id];
  const Bits bits = is_float(n.dtype) ? eval::real(n.dtype, graph_.real(id)) : n.attribute[0];
  return element(n.dtype, bits, builder_.getContext());
}

llvm::Value* OpEmitter::emit(NodeId id, std::span<llvm::Value* const> v) {
  const Node& n = graph_[id];
  const auto unary = [&](llvm::Intrinsic::ID f) { return builder_.CreateUnaryIntrinsic(f, v[0]); };
  switch (n.op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::neg: return arithmetic(n.op, is_float(n.dtype), v);
    case Op::fma:
      return builder_.CreateIntrinsic(llvm::Intrinsic::fma, {v[0]->getType()}, {v[0], v[1], v[2]});
    case Op::abs: return unary(llvm::Intrinsic::fabs);
    case Op::sqrt: return unary(llvm::Intrinsic::sqrt);
    case Op::floor: return unary(llvm::Intrinsic::floor);
    case Op::ceil: return unary(llvm::Intrinsic::ceil);
    case Op::trunc: return unary(llvm::Intrinsic::trunc);
    case Op::round: return unary(llvm::Intrinsic::roundeven);
    case Op::copysign: return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, v[0], v[1]);
    case Op::min:
    case Op::max: return extremum(id, v);
    case Op::eq:
    case Op::ne:
    case Op::lt:
    case Op::le:
    case Op::gt:
    case Op::ge: return compare(id, v);
    case Op::bit_and: return builder_.CreateAnd(v[0], v[1]);
    case Op::bit_or: return builder_.CreateOr(v[0], v[1]);
    case Op::bit_xor: return builder_.CreateXor(v[0], v[1]);
    case Op::bit_not: return builder_.CreateNot(v[0]);
    case Op::shl:
    case Op::shr:
    case Op::sar: return shift(n.op, v);
    case Op::select: return builder_.CreateSelect(v[0], v[1], v[2]);
    case Op::cast: return cast(id, v[0]);
    case Op::bitcast:
      return builder_.CreateBitCast(
          v[0], as_wide_as(register_type(n.dtype, builder_.getContext()), v[0]));
    case Op::lookup: return lookup(id, v[0]);
    case Op::input:
    case Op::scalar:
    case Op::constant:
#define ACTJIT_NO_CASE_leaf(name)
#define ACTJIT_NO_CASE_primitive(name)
#define ACTJIT_NO_CASE_reduction(name) case Op::name:
#define ACTJIT_NO_CASE_view(name) case Op::name:
#define ACTJIT_NO_CASE_math(name) case Op::name:
#define OP(name, text, arity, kind, rule, traits, meaning) ACTJIT_NO_CASE_##kind(name)
#include "ir/ops.def"
#undef OP
#undef ACTJIT_NO_CASE_math
#undef ACTJIT_NO_CASE_view
#undef ACTJIT_NO_CASE_reduction
#undef ACTJIT_NO_CASE_primitive
#undef ACTJIT_NO_CASE_leaf
      break;
  }
  throw InternalError("only primitives are emitted");
}

llvm::Value* OpEmitter::arithmetic(Op op, bool real, std::span<llvm::Value* const> v) {
  if (op == Op::neg) return real ? builder_.CreateFNeg(v[0]) : builder_.CreateNeg(v[0]);
  if (op == Op::add) return real ? builder_.CreateFAdd(v[0], v[1]) : builder_.CreateAdd(v[0], v[1]);
  if (op == Op::sub) return real ? builder_.CreateFSub(v[0], v[1]) : builder_.CreateSub(v[0], v[1]);
  if (op == Op::mul) return real ? builder_.CreateFMul(v[0], v[1]) : builder_.CreateMul(v[0], v[1]);
  return builder_.CreateFDiv(v[0], v[1]);
}

// The comparison and selection that x86 has as one instruction; where b can be a NaN, a second
// pair lets it through.
llvm::Value* OpEmitter::extremum(NodeId id, std::span<llvm::Value* const> v) {
  const Node& n = graph_[id];
  llvm::Value* better =
      n.op == Op::min ? builder_.CreateFCmpOLT(v[1], v[0]) : builder_.CreateFCmpOGT(v[1], v[0]);
  llvm::Value* out = builder_.CreateSelect(better, v[1], v[0]);
  const NodeId b = n.args[1];
  const bool never_nan = graph_.is_constant(b) && graph_.real(b).hi == graph_.real(b).hi;
  if (never_nan) return out;
  return builder_.CreateSelect(builder_.CreateFCmpUNO(v[1], v[1]), v[1], out);
}

llvm::Value* OpEmitter::combine(Op op, bool real, llvm::Value* a, llvm::Value* b, bool skips_nan) {
  if (op == Op::add) return real ? builder_.CreateFAdd(a, b) : builder_.CreateAdd(a, b);
  llvm::Value* better = op == Op::min ? builder_.CreateFCmpOLT(b, a) : builder_.CreateFCmpOGT(b, a);
  // One instruction, and two for NaN.
  llvm::Value* out = builder_.CreateSelect(better, b, a);
  return skips_nan ? out : builder_.CreateSelect(builder_.CreateFCmpUNO(b, b), b, out);
}

llvm::Value* OpEmitter::compare(NodeId id, std::span<llvm::Value* const> v) {
  using P = llvm::CmpInst;
  const Node& n = graph_[id];
  const bool real = is_float(graph_[n.args[0]].dtype);
  switch (n.op) {
    case Op::eq: return builder_.CreateCmp(real ? P::FCMP_OEQ : P::ICMP_EQ, v[0], v[1]);
    case Op::ne: return builder_.CreateCmp(real ? P::FCMP_UNE : P::ICMP_NE, v[0], v[1]);
    case Op::lt: return builder_.CreateCmp(real ? P::FCMP_OLT : P::ICMP_SLT, v[0], v[1]);
    case Op::le: return builder_.CreateCmp(real ? P::FCMP_OLE : P::ICMP_SLE, v[0], v[1]);
    case Op::gt: return builder_.CreateCmp(real ? P::FCMP_OGT : P::ICMP_SGT, v[0], v[1]);
    default: return builder_.CreateCmp(real ? P::FCMP_OGE : P::ICMP_SGE, v[0], v[1]);
  }
}

llvm::Value* OpEmitter::shift(Op op, std::span<llvm::Value* const> v) {
  const unsigned width = v[0]->getType()->getScalarSizeInBits();
  llvm::Value* by = builder_.CreateAnd(v[1], llvm::ConstantInt::get(v[1]->getType(), width - 1));
  if (op == Op::shl) return builder_.CreateShl(v[0], by);
  return op == Op::shr ? builder_.CreateLShr(v[0], by) : builder_.CreateAShr(v[0], by);
}

// Tables are constants of the module. Small ones are permutations of registers where the target
// has them, the others are gathered from memory.
llvm::Value* OpEmitter::lookup(NodeId id, llvm::Value* index) {
  const Table& table = graph_.tables()[graph_[id].attribute[0]];
  llvm::LLVMContext& context = builder_.getContext();
  // As wide as the elements, so that lanes match; a byte could not count a table of bools.
  const int width = 8 * std::max(bytes(table.dtype), 4);
  llvm::Type* integer = llvm::IntegerType::get(context, static_cast<unsigned>(width));
  llvm::Type* wide = as_wide_as(integer, index);
  llvm::Value* any = builder_.CreateSExtOrTrunc(index, wide);
  if (llvm::Value* permuted = permute(table, any)) return permuted;
  llvm::Value* at = builder_.CreateAnd(any, llvm::ConstantInt::get(wide, table.values.size() - 1));

  llvm::Module& module = *builder_.GetInsertBlock()->getModule();
  llvm::Type* type = register_type(table.dtype, context);
  const std::string name = fmt::format("table{}", graph_[id].attribute[0]);
  llvm::GlobalVariable* global = module.getNamedGlobal(name);
  if (!global) {
    std::vector<llvm::Constant*> values;
    for (Bits b : table.values) values.push_back(element(table.dtype, b, context));
    auto* array = llvm::ArrayType::get(type, values.size());
    global = new llvm::GlobalVariable(module, array, true, llvm::GlobalValue::PrivateLinkage,
                                      llvm::ConstantArray::get(array, values), name);
    global->setAlignment(llvm::Align(64));
  }
  llvm::Value* where = builder_.CreateGEP(type, global, at);
  const llvm::Align align(static_cast<unsigned>(bytes(table.dtype)));
  if (lanes(index) == 1) return builder_.CreateAlignedLoad(type, where, align);
  return builder_.CreateMaskedGather(as_wide_as(type, index), where, align);
}

// One permutation of a register for a table that fits it, of two registers for one twice as large;
// null where the target has none. `at` is as wide as the table's elements; permutations look at its
// low bits only.
llvm::Value* OpEmitter::permute(const Table& table, llvm::Value* at) {
  if (bytes(table.dtype) < 4) return nullptr;
  const unsigned width = target_.lanes(static_cast<unsigned>(bytes(table.dtype)));
  const unsigned n = lanes(at);
  const std::size_t size = table.values.size();
  const bool has_permutation = target_.lane_masks || bytes(table.dtype) == 4;
  if (!has_permutation || n % width != 0 || size > 2 * width) return nullptr;
  llvm::LLVMContext& context = builder_.getContext();
  llvm::Type* element_type = register_type(table.dtype, context);
  llvm::Type* float_type = bytes(table.dtype) == 8 ? builder_.getDoubleTy() : builder_.getFloatTy();
  llvm::Type* vector_type = llvm::FixedVectorType::get(float_type, width);
  const auto half = [&](std::size_t first) -> llvm::Value* {
    std::vector<llvm::Constant*> values;
    for (std::size_t i = 0; i < width; ++i)
      values.push_back(element(table.dtype, table.values[(first + i) % size], context));
    return builder_.CreateBitCast(llvm::ConstantVector::get(values), vector_type);
  };
  const bool is_double = bytes(table.dtype) == 8;
  const bool two = size > width;
  const llvm::Intrinsic::ID one_register = !target_.lane_masks ? llvm::Intrinsic::x86_avx2_permps
                                           : is_double ? llvm::Intrinsic::x86_avx512_permvar_df_512
                                                       : llvm::Intrinsic::x86_avx512_permvar_sf_512;
  const llvm::Intrinsic::ID two_registers = is_double
                                                ? llvm::Intrinsic::x86_avx512_vpermi2var_pd_512
                                                : llvm::Intrinsic::x86_avx512_vpermi2var_ps_512;
  const auto find = [&](llvm::Value* part) -> llvm::Value* {
    if (two && target_.lane_masks)
      return builder_.CreateIntrinsic(two_registers, {}, {half(0), part, half(width)});
    llvm::Value* low = builder_.CreateIntrinsic(one_register, {}, {half(0), part});
    if (!two) return low;
    llvm::Value* high = builder_.CreateIntrinsic(one_register, {}, {half(width), part});
    // The bit above those that count within a register, as a sign, which is what blends look at.
    llvm::Value* sign = builder_.CreateShl(part, 31 - std::countr_zero(width));
    llvm::Value* is_high =
        builder_.CreateICmpSLT(sign, llvm::Constant::getNullValue(sign->getType()));
    return builder_.CreateSelect(is_high, high, low);
  };
  llvm::Value* out = nullptr;
  for (unsigned first = 0; first < n; first += width) {
    std::vector<int> pick(width);
    for (unsigned i = 0; i < width; ++i) pick[i] = static_cast<int>(first + i);
    llvm::Value* part = n == width ? at : builder_.CreateShuffleVector(at, pick);
    llvm::Value* found = find(part);
    std::vector<int> both(first + width);
    for (unsigned i = 0; i < first + width; ++i) both[i] = static_cast<int>(i);
    if (!out) {
      out = found;
      continue;
    }
    // Widen the new part so that both sides of the shuffle have one length.
    std::vector<int> spread(first, -1);
    for (unsigned i = 0; i < first; ++i) spread[i] = i < width ? static_cast<int>(i) : -1;
    llvm::Value* right = first == width ? found : builder_.CreateShuffleVector(found, spread);
    out = builder_.CreateShuffleVector(out, right, both);
  }
  return builder_.CreateBitCast(out, as_wide_as(element_type, at));
}

}  // namespace actjit
