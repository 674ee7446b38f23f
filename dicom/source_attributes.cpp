// SPDX-License-Identifier: Apache-2.0
#include "dicom/source_attributes.hpp"

#include <array>

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/dataset_edit.hpp"

namespace iqt::dicom {
namespace {

const std::array kSopCommon{DCM_SpecificCharacterSet, DCM_TimezoneOffsetFromUTC};

const std::array kPatient{DCM_PatientName,
                          DCM_PatientID,
                          DCM_IssuerOfPatientID,
                          DCM_TypeOfPatientID,
                          DCM_IssuerOfPatientIDQualifiersSequence,
                          DCM_PatientBirthDate,
                          DCM_PatientBirthTime,
                          DCM_PatientBirthDateInAlternativeCalendar,
                          DCM_PatientDeathDateInAlternativeCalendar,
                          DCM_PatientAlternativeCalendar,
                          DCM_PatientSex,
                          DCM_QualityControlSubject,
                          DCM_ReferencedPatientSequence,
                          DCM_ReferencedPatientPhotoSequence,
                          DCM_RETIRED_OtherPatientIDs,
                          DCM_OtherPatientIDsSequence,
                          DCM_OtherPatientNames,
                          DCM_PatientBirthName,
                          DCM_PatientMotherBirthName,
                          DCM_PatientAddress,
                          DCM_RETIRED_InsurancePlanIdentification,
                          DCM_CountryOfResidence,
                          DCM_RegionOfResidence,
                          DCM_PatientTelephoneNumbers,
                          DCM_EthnicGroup,
                          DCM_PatientReligiousPreference,
                          DCM_PatientComments,
                          DCM_PatientSpeciesDescription,
                          DCM_PatientSpeciesCodeSequence,
                          DCM_PatientBreedDescription,
                          DCM_PatientBreedCodeSequence,
                          DCM_BreedRegistrationSequence,
                          DCM_ResponsiblePerson,
                          DCM_ResponsiblePersonRole,
                          DCM_ResponsibleOrganization,
                          DCM_PatientIdentityRemoved,
                          DCM_DeidentificationMethod,
                          DCM_DeidentificationMethodCodeSequence,
                          DCM_StrainDescription,
                          DCM_StrainCodeSequence};

const std::array kPatientStudy{DCM_AdmittingDiagnosesDescription,
                               DCM_AdmittingDiagnosesCodeSequence,
                               DCM_PatientAge,
                               DCM_PatientSize,
                               DCM_PatientSizeCodeSequence,
                               DCM_PatientWeight,
                               DCM_PatientBodyMassIndex,
                               DCM_MeasuredAPDimension,
                               DCM_MeasuredLateralDimension,
                               DCM_MedicalAlerts,
                               DCM_Allergies,
                               DCM_Occupation,
                               DCM_SmokingStatus,
                               DCM_AdditionalPatientHistory,
                               DCM_PregnancyStatus,
                               DCM_LastMenstrualDate,
                               DCM_PatientState,
                               DCM_PatientSexNeutered,
                               DCM_AdmissionID,
                               DCM_IssuerOfAdmissionIDSequence,
                               DCM_ReasonForVisit,
                               DCM_ReasonForVisitCodeSequence,
                               DCM_ServiceEpisodeID,
                               DCM_IssuerOfServiceEpisodeIDSequence,
                               DCM_ServiceEpisodeDescription};

const std::array kStudy{DCM_StudyInstanceUID,
                        DCM_StudyDate,
                        DCM_StudyTime,
                        DCM_StudyID,
                        DCM_StudyDescription,
                        DCM_AccessionNumber,
                        DCM_IssuerOfAccessionNumberSequence,
                        DCM_ReferringPhysicianName,
                        DCM_ReferringPhysicianAddress,
                        DCM_ReferringPhysicianTelephoneNumbers,
                        DCM_ReferringPhysicianIdentificationSequence,
                        DCM_ConsultingPhysicianName,
                        DCM_ConsultingPhysicianIdentificationSequence,
                        DCM_ProcedureCodeSequence,
                        DCM_PhysiciansOfRecord,
                        DCM_PhysiciansOfRecordIdentificationSequence,
                        DCM_NameOfPhysiciansReadingStudy,
                        DCM_PhysiciansReadingStudyIdentificationSequence,
                        DCM_RequestingService,
                        DCM_RequestingServiceCodeSequence,
                        DCM_ReferencedStudySequence,
                        DCM_ReasonForPerformedProcedureCodeSequence};

const std::array kClinicalTrial{DCM_ClinicalTrialSponsorName,
                                DCM_ClinicalTrialProtocolID,
                                DCM_ClinicalTrialProtocolName,
                                DCM_ClinicalTrialSiteID,
                                DCM_ClinicalTrialSiteName,
                                DCM_ClinicalTrialSubjectID,
                                DCM_ClinicalTrialSubjectReadingID,
                                DCM_ClinicalTrialTimePointID,
                                DCM_ClinicalTrialTimePointDescription,
                                DCM_LongitudinalTemporalOffsetFromEvent,
                                DCM_LongitudinalTemporalEventType,
                                DCM_ClinicalTrialProtocolEthicsCommitteeName,
                                DCM_ClinicalTrialProtocolEthicsCommitteeApprovalNumber,
                                DCM_ConsentForClinicalTrialUseSequence};

/// Type 2 of the Patient and General Study modules.
const std::array kType2{DCM_PatientName, DCM_PatientID,       DCM_PatientBirthDate,
                        DCM_PatientSex,  DCM_StudyDate,       DCM_StudyTime,
                        DCM_StudyID,     DCM_AccessionNumber, DCM_ReferringPhysicianName};

const std::array kSeries{DCM_RequestAttributesSequence};
const std::array kSeriesText{DCM_ProtocolName, DCM_PatientPosition};
const std::array kInstitution{DCM_InstitutionName, DCM_InstitutionAddress,
                              DCM_InstitutionalDepartmentName};

}  // namespace

void copy_patient_and_study(DcmItem& source, DcmItem& out) {
    copy_verbatim(source, kSopCommon, out);
    copy_verbatim(source, kPatient, out);
    copy_verbatim(source, kPatientStudy, out);
    copy_verbatim(source, kStudy, out);
    copy_verbatim(source, kClinicalTrial, out);
    for (const DcmTagKey& tag : kType2)
        if (out.tagExists(tag) == OFFalse) put_empty(out, tag);
}

void copy_institution(DcmItem& source, DcmItem& out) {
    for (const DcmTagKey& tag : kInstitution) copy_if_legal(source, tag, out);
}

void copy_series_context(DcmItem& source, DcmItem& out) {
    copy_verbatim(source, kSeries, out);
    for (const DcmTagKey& tag : kSeriesText) copy_if_legal(source, tag, out);
    copy_institution(source, out);
    const std::string body_part = text_of(source, DCM_BodyPartExamined).value_or("");
    put_text(out, DCM_BodyPartExamined, body_part == "HEAD" ? "HEAD" : "BRAIN");
}

void copy_lossy_history(DcmItem& source, Compression known, DcmItem& out) {
    const bool lossy = known == Compression::Lossy ||
                       text_of(source, DCM_LossyImageCompression).value_or("") == "01";
    put_text(out, DCM_LossyImageCompression, lossy ? "01" : "00");
    if (!lossy) return;
    copy_if_legal(source, DCM_LossyImageCompressionRatio, out);
    copy_if_legal(source, DCM_LossyImageCompressionMethod, out);
}

}  // namespace iqt::dicom
