terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

variable "key_name" {
  description = "EC2 key pair for logging in; the machine needs nobody to"
  type        = string
  default     = null
}

variable "subnet_id" {
  description = "where it lies; null: the default VPC. It has to reach the package mirrors and the model's hub"
  type        = string
  default     = null
}

data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"] # Canonical
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

locals {
  user_data = <<@END@
@USER_DATA@
@END@
}

resource "aws_instance" "rigprov" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "@INSTANCE@"
  key_name      = var.key_name
  subnet_id     = var.subnet_id
  user_data     = local.user_data

  root_block_device {
    volume_size = @DISK@
    volume_type = "gp3"
    encrypted   = true
  }

  metadata_options {
    http_tokens = "required"
  }

  tags = {
    Name         = "rigprov-@TIER@"
    rigprov_tier = "@TIER@" # inventory/aws_ec2.yml lists machines with this tag
  }

  lifecycle {
    ignore_changes = [ami] # a newer image is no reason to throw the machine away
  }
}

output "result" {
  value = "aws ec2 get-console-output --latest --output text --instance-id ${aws_instance.rigprov.id} | grep rigprov:"
}
