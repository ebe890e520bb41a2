// What an operation of the catalogue belongs to in the words of policy: its service, its OAuth2 scopes, "read" or
// "modify", the kind of data it moves. Made from policies/matrix.tsv, as policies/sbi.cedarschema is.
#pragma once

#include <span>
#include <string_view>

#include "cordon/wire/sbi/catalogue.h"

namespace cordon::enforcement {

std::span<const std::string_view> groups_of(const wire::sbi::Operation& operation);

// The NFType of TS 29.510 that serves it; the catalogue writes "5G-EIR", certificates and profiles "5G_EIR".
std::string_view serving_type(const wire::sbi::Operation& operation);

}  // namespace cordon::enforcement
