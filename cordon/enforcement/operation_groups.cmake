# What policies/matrix.tsv says of each operation, as a C++ table made at build time.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(groups_table ${PROJECT_BINARY_DIR}/generated/cordon/enforcement/operation_groups.inc)
set(policies ${PROJECT_SOURCE_DIR}/policies)
set(catalogue ${PROJECT_SOURCE_DIR}/cordon/wire/sbi)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated/cordon/enforcement)
add_custom_command(OUTPUT ${groups_table}
  COMMAND Python3::Interpreter -B ${PROJECT_SOURCE_DIR}/tools/make_sbi_policy.py --root ${PROJECT_SOURCE_DIR}
          --table ${groups_table}
  DEPENDS ${PROJECT_SOURCE_DIR}/tools/make_sbi_policy.py ${policies}/matrix.tsv ${policies}/guards.cedar
          ${policies}/vocabulary.cedarschema ${catalogue}/generate_table.py ${catalogue}/catalogue/operations.json
          ${catalogue}/catalogue/deviations.json
  COMMENT "Making the table of operation groups" VERBATIM)
add_custom_target(operation_groups DEPENDS ${groups_table})
set_source_files_properties(operation_groups.cpp PROPERTIES OBJECT_DEPENDS ${groups_table})
