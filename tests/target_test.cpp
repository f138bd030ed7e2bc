#include "codegen/target.h"

#include <gtest/gtest.h>

#include <set>

namespace actjit {
namespace {

TEST(Target, IsFoundByName) {
  for (const Target& target : all_targets()) {
    auto found = find_target(target.name);
    ASSERT_TRUE(found) << target.name;
    EXPECT_EQ(*found, target);
  }
}

TEST(Target, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Target& target : all_targets()) EXPECT_TRUE(names.insert(target.name).second);
}

TEST(Target, UnknownNamesAreToldWhatThereIs) {
  auto found = find_target("x86-64-v5");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(found.error().message,
            "unknown target 'x86-64-v5'; there are native, x86-64-v3, x86-64-v4");
  EXPECT_FALSE(find_target(""));
}

TEST(Target, WidthsFollowTheInstructionSet) {
  const Target v3 = *find_target("x86-64-v3"), v4 = *find_target("x86-64-v4");
  EXPECT_NE(v3, v4);
  EXPECT_EQ(v3.vector_bits, 256u);
  EXPECT_EQ(v4.vector_bits, 512u);
  EXPECT_EQ(v3.lanes(4), 8u);
  EXPECT_EQ(v4.lanes(4), 16u);
  EXPECT_EQ(v4.lanes(8), 8u);
  EXPECT_FALSE(v3.lane_masks);
  EXPECT_TRUE(v4.lane_masks);
}

TEST(Target, NativeIsTheStrongestTheHostSupports) {
  auto native = find_target("native");
  if (!native) {
    EXPECT_EQ(native.error().code, ErrorCode::unsupported_target);
    for (const Target& target : all_targets()) EXPECT_FALSE(host_supports(target));
    return;
  }
  EXPECT_TRUE(host_supports(*native));
  bool stronger = false;
  for (const Target& target : all_targets()) {
    EXPECT_FALSE(stronger && host_supports(target)) << target.name;
    stronger = stronger || target == *native;
  }
}

TEST(Target, HostAgreesWithTheCompilersView) {
#if defined(__x86_64__)
  const Target v3 = *find_target("x86-64-v3"), v4 = *find_target("x86-64-v4");
  EXPECT_EQ(host_supports(v3), __builtin_cpu_supports("x86-64-v3") != 0);
  EXPECT_EQ(host_supports(v4), __builtin_cpu_supports("x86-64-v4") != 0);
#endif
}

TEST(Target, AnUnknownTargetIsNotSupported) { EXPECT_FALSE(host_supports(Target{})); }

}  // namespace
}  // namespace actjit
