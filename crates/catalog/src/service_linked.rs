//! Services that have a role of their own in an account: the role's name, and the managed policy
//! that it comes with.
//!
//! Names are public: recordings of what the real CreateServiceLinkedRole answers for some seventy
//! services, and the services' own user guides for the rest. A service that is not here is refused;
//! it may have a role on AWS.

/// Where service-linked roles are, and no others.
pub const PATH_BEGINS: &str = "/aws-service-role/";
/// How their names begin.
pub const NAME_BEGINS: &str = "AWSServiceRoleFor";

/// A service's own role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLinked {
    /// The service's principal, such as `elasticloadbalancing.amazonaws.com`; case counts.
    pub service: &'static str,
    /// The role's name, before a suffix.
    pub role: &'static str,
    /// The managed policy below `/aws-service-role/`.
    pub policy: &'static str,
    /// Whether there may be several, told apart by a suffix.
    pub takes_suffix: bool,
}

/// What a service has, if it is known to have a role.
pub fn of(service: &str) -> Option<&'static ServiceLinked> {
    ROWS.iter().find(|it| it.service == service)
}

/// The path of a service's roles.
pub fn path(service: &str) -> String {
    format!("{PATH_BEGINS}{service}/")
}

/// Service and name of the role in the id of a deletion, `task/aws-service-role/SERVICE/NAME/UUID`.
pub fn deleted_role(task: &str) -> Option<(&str, &str)> {
    let mut parts = task
        .strip_prefix("task")?
        .strip_prefix(PATH_BEGINS)?
        .split('/');
    let (service, name, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
    else {
        return None;
    };
    // The id came from a caller: what has another form names no role, and no role is looked for.
    (!service.is_empty() && !name.is_empty()).then_some((service, name))
}

const fn row(service: &'static str, role: &'static str, policy: &'static str) -> ServiceLinked {
    ServiceLinked {
        service,
        role,
        policy,
        takes_suffix: false,
    }
}

const fn suffixed(
    service: &'static str,
    role: &'static str,
    policy: &'static str,
) -> ServiceLinked {
    ServiceLinked {
        service,
        role,
        policy,
        takes_suffix: true,
    }
}

/// By service.
const ROWS: &[ServiceLinked] = &[
    row(
        "access-analyzer.amazonaws.com",
        "AWSServiceRoleForAccessAnalyzer",
        "AccessAnalyzerServiceRolePolicy",
    ),
    row(
        "accountdiscovery.ssm.amazonaws.com",
        "AWSServiceRoleForAmazonSSM_AccountDiscovery",
        "AWSSystemsManagerAccountDiscoveryServicePolicy",
    ),
    row(
        "acm.amazonaws.com",
        "AWSServiceRoleForCertificateManager",
        "CertificateManagerServiceRolePolicy",
    ),
    row(
        "agentless.inspector2.amazonaws.com",
        "AWSServiceRoleForAmazonInspector2Agentless",
        "AmazonInspector2AgentlessServiceRolePolicy",
    ),
    row(
        "appmesh.amazonaws.com",
        "AWSServiceRoleForAppMesh",
        "AWSAppMeshServiceRolePolicy",
    ),
    row(
        "apprunner.amazonaws.com",
        "AWSServiceRoleForAppRunner",
        "AppRunnerServiceRolePolicy",
    ),
    row(
        "appstream.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_AppStreamFleet",
        "AWSApplicationAutoscalingAppStreamFleetPolicy",
    ),
    row(
        "autoscaling-plans.amazonaws.com",
        "AWSServiceRoleForAutoScalingPlans_EC2AutoScaling",
        "AWSAutoScalingPlansEC2AutoScalingPolicy",
    ),
    suffixed(
        "autoscaling.amazonaws.com",
        "AWSServiceRoleForAutoScaling",
        "AutoScalingServiceRolePolicy",
    ),
    row(
        "backup.amazonaws.com",
        "AWSServiceRoleForBackup",
        "AWSBackupServiceLinkedRolePolicyForBackup",
    ),
    row(
        "batch.amazonaws.com",
        "AWSServiceRoleForBatch",
        "BatchServiceRolePolicy",
    ),
    row(
        "cassandra.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_CassandraTable",
        "AWSApplicationAutoscalingCassandraTablePolicy",
    ),
    row(
        "cks.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    row(
        "cloud9.amazonaws.com",
        "AWSServiceRoleForAWSCloud9",
        "AWSCloud9ServiceRolePolicy",
    ),
    row(
        "cloudhsm.amazonaws.com",
        "AWSServiceRoleForCloudHSM",
        "CloudHSMServiceRolePolicy",
    ),
    row(
        "cloudtrail.amazonaws.com",
        "AWSServiceRoleForCloudTrail",
        "CloudTrailServiceRolePolicy",
    ),
    row(
        "codestar-notifications.amazonaws.com",
        "AWSServiceRoleForCodeStarNotifications",
        "AWSCodeStarNotificationsServiceRolePolicy",
    ),
    row(
        "comprehend.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ComprehendEndpoint",
        "AWSApplicationAutoscalingComprehendEndpointPolicy",
    ),
    row(
        "compute-optimizer.amazonaws.com",
        "AWSServiceRoleForComputeOptimizer",
        "ComputeOptimizerServiceRolePolicy",
    ),
    row(
        "config-conforms.amazonaws.com",
        "AWSServiceRoleForConfigConforms",
        "ConfigConformsServiceRolePolicy",
    ),
    row(
        "config.amazonaws.com",
        "AWSServiceRoleForConfig",
        "AWSConfigServiceRolePolicy",
    ),
    suffixed(
        "connect.amazonaws.com",
        "AWSServiceRoleForAmazonConnect",
        "AmazonConnectServiceLinkedRolePolicy",
    ),
    row(
        "custom-resource.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_CustomResource",
        "AWSApplicationAutoScalingCustomResourcePolicy",
    ),
    row(
        "dax.amazonaws.com",
        "AWSServiceRoleForDAX",
        "DAXServiceRolePolicy",
    ),
    row(
        "dms-fleet-advisor.amazonaws.com",
        "AWSServiceRoleForDMSFleetAdvisor",
        "AWSDMSFleetAdvisorServiceRolePolicy",
    ),
    row(
        "dms.amazonaws.com",
        "AWSServiceRoleForDMSServerless",
        "AWSDMSServerlessServiceRolePolicy",
    ),
    row(
        "docdb-elastic.amazonaws.com",
        "AWSServiceRoleForDocDB-Elastic",
        "AmazonDocDB-ElasticServiceRolePolicy",
    ),
    row(
        "dynamodb.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        "AWSApplicationAutoscalingDynamoDBTablePolicy",
    ),
    row(
        "ec2-instance-connect.amazonaws.com",
        "AWSServiceRoleForEc2InstanceConnect",
        "Ec2InstanceConnectEndpoint",
    ),
    row(
        "ec2.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest",
        "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy",
    ),
    row(
        "ec2fleet.amazonaws.com",
        "AWSServiceRoleForEC2Fleet",
        "AWSEC2FleetServiceRolePolicy",
    ),
    row(
        "ec2scheduled.amazonaws.com",
        "AWSServiceRoleForEC2ScheduledInstances",
        "AWSServiceRoleForEC2ScheduledInstances",
    ),
    row(
        "ecr.amazonaws.com",
        "AWSServiceRoleForECRTemplate",
        "ECRTemplateServiceRolePolicy",
    ),
    row(
        "ecs.amazonaws.com",
        "AWSServiceRoleForECS",
        "AmazonECSServiceRolePolicy",
    ),
    row(
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
    ),
    row(
        "eks-connector.amazonaws.com",
        "AWSServiceRoleForAmazonEKSConnector",
        "AmazonEKSConnectorServiceRolePolicy",
    ),
    row(
        "eks-fargate.amazonaws.com",
        "AWSServiceRoleForAmazonEKSForFargate",
        "AmazonEKSForFargateServiceRolePolicy",
    ),
    row(
        "eks-nodegroup.amazonaws.com",
        "AWSServiceRoleForAmazonEKSNodegroup",
        "AWSServiceRoleForAmazonEKSNodegroup",
    ),
    row(
        "eks.amazonaws.com",
        "AWSServiceRoleForAmazonEKS",
        "AmazonEKSServiceRolePolicy",
    ),
    row(
        "elasticache.amazonaws.com",
        "AWSServiceRoleForElastiCache",
        "ElastiCacheServiceRolePolicy",
    ),
    row(
        "elasticache.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG",
        "AWSApplicationAutoscalingElastiCacheRGPolicy",
    ),
    row(
        "elasticbeanstalk.amazonaws.com",
        "AWSServiceRoleForElasticBeanstalk",
        "AWSElasticBeanstalkServiceRolePolicy",
    ),
    row(
        "elasticfilesystem.amazonaws.com",
        "AWSServiceRoleForAmazonElasticFileSystem",
        "AmazonElasticFileSystemServiceRolePolicy",
    ),
    row(
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    row(
        "elasticmapreduce.amazonaws.com",
        "AWSServiceRoleForEMRCleanup",
        "AmazonEMRCleanupPolicy",
    ),
    row(
        "elasticmapreduce.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_EMRInstanceGroup",
        "AWSApplicationAutoscalingEMRInstanceGroupPolicy",
    ),
    row(
        "email.cognito-idp.amazonaws.com",
        "AWSServiceRoleForAmazonCognitoIdpEmailService",
        "AmazonCognitoIdpEmailServiceRolePolicy",
    ),
    row(
        "emr-containers.amazonaws.com",
        "AWSServiceRoleForAmazonEMRContainers",
        "AmazonEMRContainersServiceRolePolicy",
    ),
    row(
        "emrwal.amazonaws.com",
        "AWSServiceRoleForEMRWAL",
        "EMRDescribeClusterPolicyForEMRWAL",
    ),
    row(
        "es.amazonaws.com",
        "AWSServiceRoleForAmazonElasticsearchService",
        "AmazonElasticsearchServiceRolePolicy",
    ),
    row(
        "fis.amazonaws.com",
        "AWSServiceRoleForFIS",
        "AmazonFISServiceRolePolicy",
    ),
    row(
        "fms.amazonaws.com",
        "AWSServiceRoleForFMS",
        "FMSServiceRolePolicy",
    ),
    row(
        "fsx.amazonaws.com",
        "AWSServiceRoleForAmazonFSx",
        "AmazonFSxServiceRolePolicy",
    ),
    row(
        "globalaccelerator.amazonaws.com",
        "AWSServiceRoleForGlobalAccelerator",
        "AWSGlobalAcceleratorSLRPolicy",
    ),
    row(
        "grafana.amazonaws.com",
        "AWSServiceRoleForAmazonGrafana",
        "AmazonGrafanaServiceLinkedRolePolicy",
    ),
    row(
        "guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDuty",
        "AmazonGuardDutyServiceRolePolicy",
    ),
    row(
        "imagebuilder.amazonaws.com",
        "AWSServiceRoleForImageBuilder",
        "AWSServiceRoleForImageBuilder",
    ),
    row(
        "inspector2.amazonaws.com",
        "AWSServiceRoleForAmazonInspector2",
        "AmazonInspector2ServiceRolePolicy",
    ),
    row(
        "iotmanagedintegrations.amazonaws.com",
        "AWSServiceRoleForIoTManagedIntegrations",
        "AWSIoTManagedIntegrationsRolePolicy",
    ),
    row(
        "ipam.amazonaws.com",
        "AWSServiceRoleForIPAM",
        "AWSIPAMServiceRolePolicy",
    ),
    row(
        "kafka.amazonaws.com",
        "AWSServiceRoleForKafka",
        "KafkaServiceRolePolicy",
    ),
    row(
        "kafka.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_KafkaCluster",
        "AWSApplicationAutoscalingKafkaClusterPolicy",
    ),
    row(
        "kafkaconnect.amazonaws.com",
        "AWSServiceRoleForKafkaConnect",
        "KafkaConnectServiceRolePolicy",
    ),
    row(
        "lakeformation.amazonaws.com",
        "AWSServiceRoleForLakeFormationDataAccess",
        "LakeFormationDataAccessServiceRolePolicy",
    ),
    row(
        "lambda.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
        "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
    ),
    suffixed(
        "lexv2.amazonaws.com",
        "AWSServiceRoleForLexV2Bots",
        "AmazonLexV2BotPolicy",
    ),
    row(
        "lightsail.amazonaws.com",
        "AWSServiceRoleForLightsail",
        "LightsailExportAccess",
    ),
    row(
        "logger.cloudfront.amazonaws.com",
        "AWSServiceRoleForCloudFrontLogger",
        "AWSCloudFrontLogger",
    ),
    row(
        "m2.amazonaws.com",
        "AWSServiceRoleForAWSM2",
        "AWSM2ServicePolicy",
    ),
    row(
        "macie.amazonaws.com",
        "AWSServiceRoleForAmazonMacie",
        "AmazonMacieServiceRolePolicy",
    ),
    row(
        "maintenance.elasticbeanstalk.amazonaws.com",
        "AWSServiceRoleForElasticBeanstalkMaintenance",
        "AWSElasticBeanstalkMaintenance",
    ),
    row(
        "malware-protection.guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
        "AmazonGuardDutyMalwareProtectionServiceRolePolicy",
    ),
    row(
        "managedupdates.elasticbeanstalk.amazonaws.com",
        "AWSServiceRoleForElasticBeanstalkManagedUpdates",
        "AWSElasticBeanstalkManagedUpdatesServiceRolePolicy",
    ),
    row(
        "member.org.stacksets.cloudformation.amazonaws.com",
        "AWSServiceRoleForCloudFormationStackSetsOrgMember",
        "CloudFormationStackSetsOrgMemberServiceRolePolicy",
    ),
    row(
        "memorydb.amazonaws.com",
        "AWSServiceRoleForMemoryDB",
        "MemoryDBServiceRolePolicy",
    ),
    row(
        "mq.amazonaws.com",
        "AWSServiceRoleForAmazonMQ",
        "AmazonMQServiceRolePolicy",
    ),
    row(
        "mrk.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    row(
        "neptune.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_NeptuneCluster",
        "AWSApplicationAutoscalingNeptuneClusterPolicy",
    ),
    row(
        "network-firewall.amazonaws.com",
        "AWSServiceRoleForNetworkFirewall",
        "AWSNetworkFirewallServiceRolePolicy",
    ),
    row(
        "networkmanager.amazonaws.com",
        "AWSServiceRoleForNetworkManager",
        "AWSNetworkManagerServiceRolePolicy",
    ),
    row(
        "notifications.amazonaws.com",
        "AWSServiceRoleForAwsUserNotifications",
        "AWSUserNotificationsServiceLinkedRolePolicy",
    ),
    row(
        "observability.aoss.amazonaws.com",
        "AWSServiceRoleForAmazonOpenSearchServerless",
        "AmazonOpenSearchServerlessServiceRolePolicy",
    ),
    row(
        "opensearchservice.amazonaws.com",
        "AWSServiceRoleForAmazonOpenSearchService",
        "AmazonOpenSearchServiceRolePolicy",
    ),
    row(
        "ops.apigateway.amazonaws.com",
        "AWSServiceRoleForAPIGateway",
        "APIGatewayServiceRolePolicy",
    ),
    row(
        "ops.emr-serverless.amazonaws.com",
        "AWSServiceRoleForAmazonEMRServerless",
        "AmazonEMRServerlessServiceRolePolicy",
    ),
    row(
        "opsdatasync.ssm.amazonaws.com",
        "AWSServiceRoleForSystemsManagerOpsDataSync",
        "AWSSystemsManagerOpsDataSyncServiceRolePolicy",
    ),
    row(
        "opsinsights.ssm.amazonaws.com",
        "AWSServiceRoleForAmazonSSM_OpsInsights",
        "AWSSSMOpsInsightsServiceRolePolicy",
    ),
    row(
        "organizations.amazonaws.com",
        "AWSServiceRoleForOrganizations",
        "AWSOrganizationsServiceTrustPolicy",
    ),
    row(
        "pullthroughcache.ecr.amazonaws.com",
        "AWSServiceRoleForECRPullThroughCache",
        "AWSECRPullThroughCache_ServiceRolePolicy",
    ),
    row(
        "ram.amazonaws.com",
        "AWSServiceRoleForResourceAccessManager",
        "AWSResourceAccessManagerServiceRolePolicy",
    ),
    row(
        "rds.amazonaws.com",
        "AWSServiceRoleForRDS",
        "AmazonRDSServiceRolePolicy",
    ),
    row(
        "rds.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_RDSCluster",
        "AWSApplicationAutoscalingRDSClusterPolicy",
    ),
    row(
        "redshift.amazonaws.com",
        "AWSServiceRoleForRedshift",
        "AmazonRedshiftServiceLinkedRolePolicy",
    ),
    row(
        "remediation.config.amazonaws.com",
        "AWSServiceRoleForConfigRemediation",
        "AWSConfigRemediationServiceRolePolicy",
    ),
    row(
        "replication.cassandra.amazonaws.com",
        "AWSServiceRoleForKeyspacesReplication",
        "KeyspacesReplicationServiceRolePolicy",
    ),
    row(
        "replication.dynamodb.amazonaws.com",
        "AWSServiceRoleForDynamoDBReplication",
        "DynamoDBReplicationServiceRolePolicy",
    ),
    row(
        "replication.ecr.amazonaws.com",
        "AWSServiceRoleForECRReplication",
        "ECRReplicationServiceRolePolicy",
    ),
    row(
        "replicator.lambda.amazonaws.com",
        "AWSServiceRoleForLambdaReplicator",
        "AWSLambdaReplicator",
    ),
    row(
        "repository.sync.codeconnections.amazonaws.com",
        "AWSServiceRoleForGitSync",
        "AWSGitSyncServiceRolePolicy",
    ),
    row(
        "resource-explorer-2.amazonaws.com",
        "AWSServiceRoleForResourceExplorer",
        "AWSResourceExplorerServiceRolePolicy",
    ),
    row(
        "rolesanywhere.amazonaws.com",
        "AWSServiceRoleForRolesAnywhere",
        "AWSRolesAnywhereServicePolicy",
    ),
    row(
        "s3-outposts.amazonaws.com",
        "AWSServiceRoleForS3OnOutposts",
        "AWSS3OnOutpostsServiceRolePolicy",
    ),
    row(
        "sagemaker.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "AWSApplicationAutoscalingSageMakerEndpointPolicy",
    ),
    row(
        "scraper.aps.amazonaws.com",
        "AWSServiceRoleForAmazonPrometheusScraper",
        "AmazonPrometheusScraperServiceRolePolicy",
    ),
    row(
        "securityhub.amazonaws.com",
        "AWSServiceRoleForSecurityHub",
        "AWSSecurityHubServiceRolePolicy",
    ),
    row(
        "servicequotas.amazonaws.com",
        "AWSServiceRoleForServiceQuotas",
        "ServiceQuotasServiceRolePolicy",
    ),
    row(
        "ses.amazonaws.com",
        "AWSServiceRoleForAmazonSES",
        "AmazonSESServiceRolePolicy",
    ),
    row(
        "shield.amazonaws.com",
        "AWSServiceRoleForAWSShield",
        "AWSShieldServiceRolePolicy",
    ),
    row(
        "spot.amazonaws.com",
        "AWSServiceRoleForEC2Spot",
        "AWSEC2SpotServiceRolePolicy",
    ),
    row(
        "spotfleet.amazonaws.com",
        "AWSServiceRoleForEC2SpotFleet",
        "AWSEC2SpotFleetServiceRolePolicy",
    ),
    row(
        "ssm-incidents.amazonaws.com",
        "AWSServiceRoleForIncidentManager",
        "AWSIncidentManagerServiceRolePolicy",
    ),
    row(
        "ssm-quicksetup.amazonaws.com",
        "AWSServiceRoleForSSMQuickSetup",
        "SSMQuickSetupRolePolicy",
    ),
    row(
        "ssm.amazonaws.com",
        "AWSServiceRoleForAmazonSSM",
        "AmazonSSMServiceRolePolicy",
    ),
    row(
        "sso.amazonaws.com",
        "AWSServiceRoleForSSO",
        "AWSSSOServiceRolePolicy",
    ),
    row(
        "stacksets.cloudformation.amazonaws.com",
        "AWSServiceRoleForCloudFormationStackSetsOrgAdmin",
        "CloudFormationStackSetsOrgAdminServiceRolePolicy",
    ),
    row(
        "storage-lens.s3.amazonaws.com",
        "AWSServiceRoleForS3StorageLens",
        "S3StorageLensServiceRolePolicy",
    ),
    row(
        "support.amazonaws.com",
        "AWSServiceRoleForSupport",
        "AWSSupportServiceRolePolicy",
    ),
    row(
        "transitgateway.amazonaws.com",
        "AWSServiceRoleForVPCTransitGateway",
        "AWSVPCTransitGatewayServiceRolePolicy",
    ),
    row(
        "trustedadvisor.amazonaws.com",
        "AWSServiceRoleForTrustedAdvisor",
        "AWSTrustedAdvisorServiceRolePolicy",
    ),
    row(
        "vpc-lattice.amazonaws.com",
        "AWSServiceRoleForVpcLattice",
        "AWSVpcLatticeServiceRolePolicy",
    ),
    row(
        "vpcorigin.cloudfront.amazonaws.com",
        "AWSServiceRoleForCloudFrontVPCOrigin",
        "AWSCloudFrontVPCOriginServiceRolePolicy",
    ),
    row(
        "waf.amazonaws.com",
        "AWSServiceRoleForWAFLogging",
        "WAFLoggingServiceRolePolicy",
    ),
    row(
        "wafv2.amazonaws.com",
        "AWSServiceRoleForWAFV2Logging",
        "WAFV2LoggingServiceRolePolicy",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws;

    #[test]
    fn every_role_is_told_apart_and_its_policy_exists() {
        assert!(ROWS.is_sorted_by(|one, other| one.service < other.service));
        let mut roles: Vec<&str> = ROWS.iter().map(|it| it.role).collect();
        roles.sort_unstable();
        roles.dedup();
        assert_eq!(roles.len(), ROWS.len());
        for it in ROWS {
            assert!(
                it.role.starts_with(NAME_BEGINS) && it.role.len() <= 64,
                "{it:?}"
            );
            assert!(
                it.service.ends_with(".amazonaws.com") && of(it.service) == Some(it),
                "{it:?}"
            );
            let arn = format!("arn:aws:iam::aws:policy{PATH_BEGINS}{}", it.policy);
            assert!(aws::managed_policy(&arn).is_some(), "{it:?}");
        }
        for unknown in [
            "",
            "elasticloadbalancing",
            "ElasticLoadBalancing.amazonaws.com",
            "ec2.amazonaws.com",
            "sts.amazonaws.com",
        ] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_task_names_its_role() {
        for (task, expected) in [
            (
                "task/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS/1-2",
                Some(("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS")),
            ),
            (
                "task/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
                None,
            ),
            ("task/aws-service-role/eks.amazonaws.com/a/b/c", None),
            ("task/aws-service-role//a/b", None),
            ("task/other/eks.amazonaws.com/a/b", None),
            ("x", None),
        ] {
            assert_eq!(deleted_role(task), expected, "{task}");
        }
    }
}
