# The 3GPP schemas as C++ tables, made at build time; schema.cpp alone includes the result.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(schemas_folder ${CMAKE_CURRENT_LIST_DIR}/schemas)
set(catalogue_folder ${PROJECT_SOURCE_DIR}/cordon/wire/sbi/catalogue)
set(generated_folder ${PROJECT_BINARY_DIR}/generated/cordon/inspection)
file(MAKE_DIRECTORY ${generated_folder})
add_custom_command(OUTPUT ${generated_folder}/schema.inc
  COMMAND Python3::Interpreter -B ${schemas_folder}/compile_schemas.py
          ${schemas_folder}/schemas.json ${catalogue_folder} ${generated_folder}/schema.inc
  DEPENDS ${schemas_folder}/compile_schemas.py ${schemas_folder}/schemas.json ${catalogue_folder}/operations.json
          ${catalogue_folder}/deviations.json ${PROJECT_SOURCE_DIR}/cordon/wire/sbi/generate_table.py
  COMMENT "Making the SBI schema tables" VERBATIM)
# The default overlay as one string literal.
add_custom_command(OUTPUT ${generated_folder}/overlay.inc
  COMMAND ${CMAKE_COMMAND} -DFROM=${PROJECT_SOURCE_DIR}/policies/overlay.yaml -DTO=${generated_folder}/overlay.inc
          -P ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
  DEPENDS ${PROJECT_SOURCE_DIR}/policies/overlay.yaml ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
  COMMENT "Embedding the default overlay" VERBATIM)
add_custom_target(inspection_tables DEPENDS ${generated_folder}/schema.inc ${generated_folder}/overlay.inc)
set_source_files_properties(schema.cpp PROPERTIES OBJECT_DEPENDS ${generated_folder}/schema.inc)
set_source_files_properties(overlay.cpp PROPERTIES OBJECT_DEPENDS ${generated_folder}/overlay.inc)
