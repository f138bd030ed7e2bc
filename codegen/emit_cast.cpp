// Conversions between dtypes, as vector instructions: none becomes a call, and none uses the
// processor's bf16 conversions, which flush subnormal numbers.
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/emit_op.h"
#include "ir/exactness.h"

namespace actjit {

namespace {

using llvm::Value;

class CastEmitter {
 public:
  explicit CastEmitter(llvm::IRBuilderBase& builder) : b_(builder) {}

  // `fits` where the value is one of `to` in truth.
  Value* run(DType from, DType to, Value* v, bool fits = false) {
    if (fits && from == DType::f32 && to == DType::bf16)
      return upper_half(b_.CreateBitCast(v, integer_like(32, v)));
    if (from == to) return v;
    if (is_storage_only(from)) return run(DType::f32, to, extended(from, v));
    if (is_storage_only(to)) return to_small(from, to, v);
    llvm::Type* type = as_wide_as(register_type(to, b_.getContext()), v);
    if (is_bool(to)) {
      Value* zero = llvm::Constant::getNullValue(v->getType());
      return is_float(from) ? b_.CreateFCmpUNE(v, zero) : b_.CreateICmpNE(v, zero);
    }
    if (is_bool(from)) return is_float(to) ? b_.CreateUIToFP(v, type) : b_.CreateZExt(v, type);
    if (is_float(from) && is_float(to)) return b_.CreateFPCast(v, type);
    if (is_float(to)) return b_.CreateSIToFP(v, type);
    if (is_float(from))
      return b_.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {type, v->getType()}, {v});
    return b_.CreateSExtOrTrunc(v, type);
  }

 private:
  llvm::Type* float_like(Value* v) { return as_wide_as(b_.getFloatTy(), v); }
  llvm::Type* double_like(Value* v) { return as_wide_as(b_.getDoubleTy(), v); }
  llvm::Type* integer_like(unsigned bits, Value* v) { return as_wide_as(b_.getIntNTy(bits), v); }
  static llvm::Constant* word(std::uint64_t bits, Value* like) {
    return llvm::ConstantInt::get(like->getType(), bits);
  }
  static llvm::Constant* number(double x, Value* like) {
    return llvm::ConstantFP::get(like->getType(), x);
  }

  // A 16-bit float as f32, which is exact.
  Value* extended(DType from, Value* v) {
    if (from == DType::f16)
      return b_.CreateFPExt(b_.CreateBitCast(v, as_wide_as(b_.getHalfTy(), v)), float_like(v));
    Value* wide = b_.CreateZExt(v, integer_like(32, v));
    return b_.CreateBitCast(b_.CreateShl(wide, word(16, wide)), float_like(v));
  }

  Value* to_small(DType from, DType to, Value* v) {
    if (from == DType::f32) return to == DType::f16 ? f16_of_f32(v) : bf16_of_f32(v);
    if (from == DType::f64) return to == DType::f16 ? f16_of_f64(v) : bf16_of_f64(v);
    if (from == DType::i64) v = odd_beyond_f64(v);
    Value* x =
        is_bool(from) ? b_.CreateUIToFP(v, double_like(v)) : b_.CreateSIToFP(v, double_like(v));
    return to_small(DType::f64, to, x);
  }

  Value* f16_of_f32(Value* v) {
    Value* rounded = b_.CreateFPTrunc(v, as_wide_as(b_.getHalfTy(), v));
    return b_.CreateBitCast(rounded, integer_like(16, v));
  }

  // By way of an f32 that is rounded to odd: its last bit says whether the value goes on behind it,
  // so that rounding it is rounding the value. (f32's subnormal numbers all become zero.)
  Value* f16_of_f64(Value* v) {
    constexpr std::uint64_t behind = (std::uint64_t{1} << 29) - 1;  // what f32 has no room for
    Value* bits = b_.CreateBitCast(v, integer_like(64, v));
    Value* carry = b_.CreateAdd(b_.CreateAnd(bits, word(behind, bits)), word(behind, bits));
    Value* odd = b_.CreateAnd(b_.CreateOr(carry, bits), word(~behind, bits));
    return f16_of_f32(b_.CreateFPTrunc(b_.CreateBitCast(odd, v->getType()), float_like(v)));
  }

  // To nearest even in the upper half of the word; a NaN would be rounded to something else.
  Value* bf16_of_f32(Value* v) {
    Value* bits = b_.CreateBitCast(v, integer_like(32, v));
    Value* is_odd = b_.CreateICmpNE(b_.CreateAnd(bits, word(0x10000, bits)), word(0, bits));
    Value* half = b_.CreateSelect(is_odd, word(0x8000, bits), word(0x7fff, bits));
    Value* rounded = b_.CreateAdd(bits, half);
    Value* quiet = b_.CreateOr(bits, word(0x400000, bits));
    return upper_half(b_.CreateSelect(b_.CreateFCmpUNO(v, v), quiet, rounded));
  }

  // Adding and taking away 1.5 * 2^45 times the value's power of two leaves 8 bits, or those that
  // bf16 has above its smallest subnormal number; from there on all steps are exact. The sign is
  // put back for zero; the upper bound keeps the large term finite.
  Value* bf16_of_f64(Value* v) {
    Value* bits = b_.CreateBitCast(v, integer_like(64, v));
    Value* exponent = b_.CreateAnd(bits, word(std::uint64_t{0x7ff} << 52, bits));
    Value* power = b_.CreateBitCast(exponent, v->getType());
    power = clamped(power, 0x1p-126, 0x1p128);
    Value* rounded = fma(power, number(-0x1.8p45, v), fma(power, number(0x1.8p45, v), v));
    Value* sign = b_.CreateAnd(bits, word(std::uint64_t{1} << 63, bits));
    Value* with_sign = b_.CreateOr(b_.CreateBitCast(rounded, bits->getType()), sign);
    Value* single = b_.CreateFPTrunc(b_.CreateBitCast(with_sign, v->getType()), float_like(v));
    return upper_half(b_.CreateBitCast(single, integer_like(32, v)));
  }

  Value* fma(Value* x, Value* y, Value* z) {
    return b_.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, z});
  }

  // As one instruction each; a NaN becomes a bound.
  Value* clamped(Value* v, double low, double high) {
    Value* lower = number(low, v);
    v = b_.CreateSelect(b_.CreateFCmpOGT(v, lower), v, lower);
    Value* upper = number(high, v);
    return b_.CreateSelect(b_.CreateFCmpOLT(v, upper), v, upper);
  }

  Value* upper_half(Value* bits) {
    return b_.CreateTrunc(b_.CreateLShr(bits, word(16, bits)), integer_like(16, bits));
  }

  // An i64 that f64 holds and that every rounding to 16 bits sees as the one given: beyond 2^53 the
  // last 10 bits become one that says whether any was there.
  Value* odd_beyond_f64(Value* v) {
    constexpr std::uint64_t behind = (std::uint64_t{1} << 10) - 1;
    Value* carry = b_.CreateAdd(b_.CreateAnd(v, word(behind, v)), word(behind, v));
    Value* odd = b_.CreateAnd(b_.CreateOr(carry, v), word(~behind, v));
    constexpr std::uint64_t limit = std::uint64_t{1} << 53;
    Value* small = b_.CreateICmpULT(b_.CreateAdd(v, word(limit, v)), word(2 * limit, v));
    return b_.CreateSelect(small, v, odd);
  }

  llvm::IRBuilderBase& b_;
};

}  // namespace

Value* OpEmitter::cast(DType from, DType to, Value* v) {
  return CastEmitter(builder_).run(from, to, v);
}

Value* OpEmitter::cast(NodeId id, Value* v) {
  const NodeId from = graph_[id].args[0];
  const DType to = graph_[id].dtype;
  return CastEmitter(builder_).run(graph_[from].dtype, to, v, is_value_of(graph_, from, to));
}

}  // namespace actjit
